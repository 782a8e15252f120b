"""What `as` may call an item."""

from erp_adapter.profile.nodes import Scope


def item_name_fault(name: str, scope: Scope, *, repeats: bool) -> str | None:
    """The sentence that says why `name` can't name the item of this scope, or None."""
    if not repeats:
        return "as names the item of each; here is no each."
    if not name.isidentifier() or not name.isascii():
        return "A name has letters, digits and _ only."
    if name in scope.names or name in (scope.current.fields or {}):
        return f"{name} has a meaning here already; choose another name."
    return None
