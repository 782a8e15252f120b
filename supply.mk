# What is shipped and what is known about it. Each tool has an environment of its own below .venv: they pin
# what the adapter and its tests have newer. Reports go to dist/.
#
# sbom and licences look at what is installed, and need the package index only to install it; audit asks
# PyPI's own database of known holes and fails where it gets no answer; scan asks nobody.

REPORTS := dist
SHIPPED := $(VENV)/shipped/bin/python

# $(call environment,NAME): .venv/NAME with what requirements/NAME.txt says.
define environment
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/$(1)
	$(BIN)/uv pip install --quiet --python $(VENV)/$(1)/bin/python --require-hashes -r $(2)
	@touch $@
endef

$(VENV)/scan/.ready: requirements/scan.txt | $(READY)
	$(call environment,scan,$<)

$(VENV)/supply/.ready: requirements/supply.txt | $(READY)
	$(call environment,supply,$<)

$(VENV)/shipped/.ready: requirements/layer.txt | $(READY)
	$(call environment,shipped,$<)

.PHONY: scan sbom licences audit
scan: $(VENV)/scan/.ready
	$(VENV)/scan/bin/checkov --file template.yaml --framework cloudformation --compact --quiet --skip-download

sbom: $(VENV)/supply/.ready $(VENV)/shipped/.ready
	@mkdir -p $(REPORTS)
	$(VENV)/supply/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --validate \
	  --output-file $(REPORTS)/sbom.cdx.json $(SHIPPED)
	@echo 'What the layer ships: $(REPORTS)/sbom.cdx.json (CycloneDX)'

licences: $(VENV)/supply/.ready $(VENV)/shipped/.ready
	@mkdir -p $(REPORTS)
	$(VENV)/supply/bin/pip-licenses --python $(SHIPPED) --from mixed --format markdown --partial-match \
	  --allow-only 'MIT;BSD;Apache;MPL-2.0;Mozilla Public License 2.0;PSF' --output-file $(REPORTS)/licences.md
	@cat $(REPORTS)/licences.md

audit: $(VENV)/supply/.ready
	$(VENV)/supply/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/layer.txt
