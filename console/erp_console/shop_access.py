"""What a deployment needs to ask its shop, read with the operator's own permissions."""

from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from erp_console.aws_access import Aws
from erp_console.shop_api import Access, log_in
from erp_console.terminal import Hindered

TOKEN: Final = "omnitron-token"  # noqa: S105 - its name
LOGIN: Final = ("omnitron-user", "omnitron-password")
WEBHOOK_SECRETS: Final = "webhook-secrets"


def environment_of(aws: Aws, function: str) -> Mapping[str, str]:
    """The settings of the function that delivers."""
    found = aws.client("lambda").get_function_configuration(FunctionName=function)
    variables: Mapping[str, str] = found.get("Environment", {}).get("Variables", {})
    return variables


def access_of(aws: Aws, stack: str, environment: Mapping[str, str]) -> Access:
    """The shop's address, and its token by the stack's own way to one.

    Raises Hindered where address, token, user or password is missing or refused, NotReached.
    """
    url, prefix = environment.get("OMNITRON_URL"), environment.get("API_PREFIX", "")
    if not url:
        raise Hindered("OmnitronUrl is not set: say it in samconfig.toml.")
    if not logs_in(environment):
        return Access(url=url, prefix=prefix, token=_parameter(aws, stack, TOKEN))
    key = log_in(url, prefix, *(_parameter(aws, stack, name) for name in LOGIN))
    if key is None:
        raise Hindered(
            "Omnitron refuses the user or the password: put the right ones into the parameters "
            f"/{stack}/{LOGIN[0]} and /{stack}/{LOGIN[1]}."
        )
    return Access(url=url, prefix=prefix, token=key)


def logs_in(environment: Mapping[str, str]) -> bool:
    """Whether the stack has a user and a password instead of a token."""
    return environment.get("OMNITRON_LOGIN", "token") == "password"


def _parameter(aws: Aws, stack: str, name: str) -> str:
    """A parameter of the stack. Raises Hindered where there is none."""
    full = f"/{stack}/{name}"
    try:
        found = aws.client("ssm").get_parameter(Name=full, WithDecryption=True)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ParameterNotFound":
            raise
        raise Hindered(f"The parameter {full} is missing: put it there.") from None
    return str(found["Parameter"]["Value"]).strip()


def webhook_secrets_of(aws: Aws, stack: str) -> dict[str, str]:
    """Every live webhook secret by its parameter's last name, the newest last."""
    found = webhook_parameters_of(aws, stack)
    live = {each["Name"].rpartition("/")[2]: each["Value"].strip() for each in found}
    return {name: value for name, value in live.items() if value}


def webhook_parameters_of(aws: Aws, stack: str, *, decrypted: bool = True) -> list[dict[str, Any]]:
    """The parameters that hold webhook secrets, the newest last."""
    pages = aws.client("ssm").get_paginator("get_parameters_by_path")
    found = [
        parameter
        for page in pages.paginate(Path=f"/{stack}/{WEBHOOK_SECRETS}", WithDecryption=decrypted)
        for parameter in page["Parameters"]
    ]
    return sorted(found, key=lambda each: (each["LastModifiedDate"], each["Name"]))
