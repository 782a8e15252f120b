# What the build targets of template.yaml share. `sam build` calls them through the Makefile beside
# each CodeUri or ContentUri, in a copy of that folder, with the caller's environment:
#
#   BUILD_FOR        lambda (default): wheels for the two lines below; host: for the interpreter of .venv,
#                    which is what the local stack runs functions with
#   PYTHON_RUNTIME   the template's parameter PythonRuntime; its default if unset
#   ARCHITECTURE     the template's parameter Architecture; its default if unset
#
# `make build PYTHON_RUNTIME=... ARCHITECTURE=...` sets them together with the template's parameters.

ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))

# The template's own defaults, so that a plain `sam build && sam deploy` builds what it deploys.
default-of = $(shell sed -n '/^  $(1):/,/Default:/s/.*Default: *//p' $(ROOT)/template.yaml)
BUILD_FOR ?= lambda
PYTHON_RUNTIME ?= $(call default-of,PythonRuntime)
ARCHITECTURE ?= $(call default-of,Architecture)

VERSION := $(PYTHON_RUNTIME:python%=%)
# The oldest manylinux that any Lambda runtime satisfies (glibc 2.17; python3.11's has 2.26).
PLATFORM := $(if $(filter arm64,$(ARCHITECTURE)),aarch64,x86_64)-manylinux2014

OWN_PYTHON := $(firstword $(wildcard $(ROOT)/.venv/bin/python) python3)
UV := $(firstword $(wildcard $(ROOT)/.venv/bin/uv) uv)
export UV_CACHE_DIR ?= $(ROOT)/.uv-cache
export UV_PYTHON_DOWNLOADS = never

# Hashed, wheels only, copied (a hard link would tie the artifact to uv's cache). The scripts that uv makes
# in bin/ name this machine's interpreter: nobody calls them in a layer, so they and their mention go.
define install-requirements
	$(UV) pip install --quiet --python $(OWN_PYTHON) --target "$(1)" --link-mode copy \
	  --require-hashes --only-binary :all: --no-deps \
	  $(if $(filter host,$(BUILD_FOR)),,--python-platform $(PLATFORM) --python-version $(VERSION)) \
	  -r $(ROOT)/requirements/layer.txt
	rm -rf "$(1)/bin" "$(1)/.lock"
	for record in "$(1)"/*.dist-info/RECORD; do \
	  grep -v '^bin/' "$$record" > "$$record.new"; mv "$$record.new" "$$record"; \
	done
endef

# Bytecode is part of a version of Python: only that version's own interpreter writes it. Unchecked hashes,
# because SAM's zip and Lambda change the times that Python would otherwise compare.
# (The sentence goes to stdout: SAM swallows the stderr of a target that succeeds.)
define compile-python
	@python=; if [ $(BUILD_FOR) = host ]; then python=$(OWN_PYTHON); else \
	  for candidate in python$(VERSION) "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$(VERSION).*/bin/python$(VERSION) \
	      $(OWN_PYTHON) python3; do \
	    found=$$("$$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	    if [ "$$found" = $(VERSION) ]; then python=$$candidate; break; fi; \
	  done; fi; \
	if [ -n "$$python" ]; then \
	  PYTHONHASHSEED=0 "$$python" -m compileall -q --invalidation-mode unchecked-hash \
	    -s "$(1)" -p "$(2)" "$(1)"; \
	else \
	  echo "No python$(VERSION) on this machine: this artifact ships without bytecode (slower cold starts)."; \
	fi
endef
