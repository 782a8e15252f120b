"""Commands of the AWS CLI, as documents show them, by botocore's own names: an operation or option
that AWS does not know is an error."""

from collections.abc import Callable
from typing import Any

from botocore import xform_name


def aws(client: Callable[[str], Any], service: str, operation: str, *options: str) -> Any:
    """What the command answers; `client` makes a boto3 client of a service."""
    own = client("s3" if service == "s3api" else service)
    method = operation.replace("-", "_")
    model = own.meta.service_model.operation_model(own.meta.method_to_api_mapping[method])
    members = model.input_shape.members
    names = {xform_name(name, "-"): name for name in members}
    given: dict[str, Any] = {}
    for option, value in zip(options[::2], options[1::2], strict=True):
        name = names[option.removeprefix("--")]
        given[name] = _value(members[name], value)
    return getattr(own, method)(**given)


def _value(shape: Any, text: str) -> Any:
    """A command line's value: a text, a list of one, or a list of one shorthand structure."""
    if shape.type_name != "list":
        return text
    if shape.member.type_name != "structure":
        return [text]
    pairs = dict(pair.split("=", 1) for pair in text.split(","))
    members = shape.member.members
    return [{k: [v] if members[k].type_name == "list" else v for k, v in pairs.items()}]
