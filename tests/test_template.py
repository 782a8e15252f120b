"""What template.yaml promises: facts are read from it, and from what must agree with it."""

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from erp_adapter.settings import read_settings
from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from template import RESOURCES, ROOT, TEMPLATE

PARAMETERS: dict[str, Any] = TEMPLATE["Parameters"]
CONFIG: dict[str, Any] = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))
DEPLOYMENTS = [name for name, table in CONFIG.items() if name != "version" and "deploy" in table]


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[name]["Properties"]
    return found


def of_type(*types: str) -> list[str]:
    return [name for name, resource in RESOURCES.items() if resource["Type"] in types]


FUNCTIONS = of_type("AWS::Serverless::Function")
LAYERS = of_type("AWS::Serverless::LayerVersion")
QUEUES = of_type("AWS::SQS::Queue")


def parameters_of(deployment: str) -> dict[str, str]:
    overrides = CONFIG[deployment]["deploy"]["parameters"]["parameter_overrides"]
    return dict(override.split("=", 1) for override in overrides)


def value_in(deployment: str, parameter: str) -> int:
    return int(parameters_of(deployment).get(parameter, PARAMETERS[parameter]["Default"]))


def statements(name: str) -> Iterator[dict[str, Any]]:
    """The statements of a role's own policies, or of a managed policy; with a key of one's own."""
    own = properties(name)
    for document in [p["PolicyDocument"] for p in own.get("Policies", [])] or [
        own["PolicyDocument"]
    ]:
        for statement in document["Statement"]:
            _, with_key, _ = statement.get("Fn::If", (None, statement, None))
            yield with_key


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed(name: str) -> set[tuple[str, str]]:
    """(action, resource) pairs that `name` allows; a resource is named as the template names it."""
    return {
        (action, json.dumps(resource))
        for statement in statements(name)
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def actions_on(name: str, resource: str) -> set[str]:
    return {action for action, where in allowed(name) if resource in where}


# ------------------------------------------------------------------ the way in


def test_api_is_one_throttled_route_on_the_default_stage() -> None:
    assert not of_type("AWS::Serverless::HttpApi", "AWS::Serverless::Api")
    assert [properties(route)["RouteKey"] for route in of_type("AWS::ApiGatewayV2::Route")] == [
        "POST /webhook"
    ]
    stage = properties("WebhookStage")
    assert stage["StageName"] == "$default"
    assert stage["AutoDeploy"] is True
    assert set(stage["DefaultRouteSettings"]) == {"ThrottlingRateLimit", "ThrottlingBurstLimit"}
    assert properties("WebhookIntegration")["PayloadFormatVersion"] == "2.0"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # SAM CLI calls its own old names
def test_sam_local_finds_the_function_behind_the_route() -> None:
    stacks, _ = SamLocalStackProvider.get_stacks(
        str(ROOT / "template.yaml"),
        parameter_overrides={"OmnitronUrl": "http://127.0.0.1:8000", "ProcessingMode": "inline"},
    )
    [route] = ApiProvider(stacks).routes
    assert (route.methods, route.path) == (["POST"], "/webhook")
    assert (route.function_name, route.payload_format_version) == ("WebhookFunction", "2.0")


def test_access_log_is_one_json_object_without_bodies_headers_or_queries() -> None:
    line = properties("WebhookStage")["AccessLogSettings"]["Format"]
    assert "\n" not in line.strip()
    variables = set(json.loads(line).values())
    assert variables <= {
        "$context.requestId",
        "$context.requestTime",
        "$context.identity.sourceIp",
        "$context.routeKey",
        "$context.status",
        "$context.responseLength",
        "$context.responseLatency",
        "$context.integrationStatus",
        "$context.integrationErrorMessage",
    }


# ------------------------------------------------------------------ functions


@pytest.mark.parametrize("function", FUNCTIONS)
def test_environment_is_what_the_settings_read(function: str) -> None:
    shared = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    own = properties(function)["Environment"]["Variables"]
    numbers = {
        "OMNITRON_TIMEOUT": "6", "FUNCTION_TIMEOUT": "30", "PROCESSING_MODE": "inline",
        "RETRY_SECONDS": "5", "OMNITRON_RATE": "20", "MAXIMUM_CONCURRENCY": "2",
        "RECONCILE_MINUTES": "5", "INBOUND_DELAY": "5", "OMNITRON_LOGIN": "token",
        "PICKUP_MINUTES": "60",
    }  # fmt: skip
    environment = {name: numbers.get(name, f"/{name}") for name in shared | own}
    settings = read_settings(environment)
    assert settings.stack == "/STACK_NAME"
    assert settings.ledger_table == "/LEDGER_TABLE"
    assert settings.output_queue_url == "/OUTPUT_QUEUE_URL"
    assert settings.function_timeout == 30
    assert not [name for name in shared | own if re.search("TOKEN|SECRET|PASSWORD", name)]


def test_the_claim_lasts_as_long_as_any_function_that_claims() -> None:
    timeout = {"Ref": "FunctionTimeoutSeconds"}
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["FUNCTION_TIMEOUT"] == timeout
    assert properties("DeliverFunction")["Timeout"] == timeout
    assert properties("WebhookFunction")["Timeout"]["Fn::If"][:2] == ["Inline", timeout]
    assert PARAMETERS["FunctionTimeoutSeconds"]["MaxValue"] == 30


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_has_a_log_group_of_its_own_with_retention(function: str) -> None:
    group = properties(function)["LoggingConfig"]["LogGroup"]["Ref"]
    assert properties(group)["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    for other in of_type("AWS::Logs::LogGroup"):
        assert properties(other)["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_a_failed_record_comes_back_alone() -> None:
    source = properties("DeliverFunction")["Events"]["Inbound"]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == 10
    assert source["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "MaximumConcurrency"}}
    assert PARAMETERS["MaximumConcurrency"]["Default"] >= 2


# ------------------------------------------------------------------ queues


@pytest.mark.parametrize("queue", QUEUES)
def test_queues_are_fifo_by_group_and_encrypted(queue: str) -> None:
    own = properties(queue)
    assert own["FifoQueue"] is True
    assert own["DeduplicationScope"] == "messageGroup"
    assert own["FifoThroughputLimit"] == "perMessageGroupId"
    assert not own.get("ContentBasedDeduplication", False)
    assert own["SqsManagedSseEnabled"] == {"Fn::If": ["HasKmsKey", False, True]}
    assert own["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_inbound_queue_waits_and_gives_up_late() -> None:
    own = properties("InboundQueue")
    assert own["DelaySeconds"] == {"Ref": "InboundDelaySeconds"}
    assert own["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    assert own["RedrivePolicy"]["maxReceiveCount"] == {"Ref": "MaxReceiveCount"}
    assert PARAMETERS["MaxReceiveCount"]["MinValue"] >= 5
    assert PARAMETERS["InboundDelaySeconds"]["Default"] == 5


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_visibility_outlasts_six_runs_and_stays_within_fifo_memory(deployment: str) -> None:
    visibility = value_in(deployment, "VisibilitySeconds")
    assert 6 * value_in(deployment, "FunctionTimeoutSeconds") <= visibility <= 240
    assert PARAMETERS["VisibilitySeconds"]["MaxValue"] == 240


def test_the_minutes_of_a_pick_up_are_known_in_seconds_too() -> None:
    told = {
        int(minutes): each["Seconds"] for minutes, each in TEMPLATE["Mappings"]["SecondsOf"].items()
    }
    assert told == {
        minutes: 60 * minutes for minutes in PARAMETERS["PickupMinutes"]["AllowedValues"]
    }


# ------------------------------------------------------------------ bucket and table


def test_delete_markers_stay_for_ever() -> None:
    own = properties("DocumentsBucket")
    assert own["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = own["LifecycleConfiguration"]["Rules"]
    forbidden = {"ExpirationInDays", "ExpirationDate", "ExpiredObjectDeleteMarker", "Expiration"}
    assert not [rule for rule in rules if forbidden & set(rule)]
    [kept] = [rule for rule in rules if "NoncurrentVersionExpiration" in rule]
    assert kept["NoncurrentVersionExpiration"] == {"NoncurrentDays": {"Ref": "DocumentVersionDays"}}
    assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)


def test_bucket_is_closed() -> None:
    own = properties("DocumentsBucket")
    assert set(own["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(own["PublicAccessBlockConfiguration"]) == 4
    assert own["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert own["BucketEncryption"]


def test_the_bucket_refuses_what_would_undo_a_document() -> None:
    """TLS only; no put over a document; no version deleted but by who may erase."""
    tls, puts, versions = properties("DocumentsBucketPolicy")["PolicyDocument"]["Statement"]
    for statement in (tls, puts, versions):
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert tls["Action"] == "s3:*"
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(tls["Resource"]) == 2
    # The keys and their values are of the S3 user guide, "Enforce conditional writes".
    assert puts["Action"] == "s3:PutObject"
    assert puts["Resource"] == {"Fn::Sub": "${DocumentsBucket.Arn}/${DocumentPrefix}/*"}
    assert puts["Condition"] == {
        "Null": {"s3:if-none-match": "true"},
        "Bool": {"s3:ObjectCreationOperation": "true"},
    }
    assert versions["Action"] == "s3:DeleteObjectVersion"
    assert versions["Resource"] == {"Fn::Sub": "${DocumentsBucket.Arn}/*"}
    unless = {"ArnNotLike": {"aws:PrincipalArn": {"Ref": "EraserArn"}}}
    assert versions["Condition"] == {"Fn::If": ["HasEraser", unless, {"Ref": "AWS::NoValue"}]}
    assert PARAMETERS["EraserArn"]["Default"] == ""


def test_a_key_of_ones_own_is_used_by_whatever_keeps_data() -> None:
    key, nothing = {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}
    assert PARAMETERS["KmsKeyArn"]["Default"] == ""
    for queue in QUEUES:
        assert properties(queue)["KmsMasterKeyId"] == {"Fn::If": ["HasKmsKey", key, nothing]}
    [rule] = properties("DocumentsBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    condition, own, usual = rule["Fn::If"]
    assert condition == "HasKmsKey"
    assert own["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": key,
    }
    assert usual["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert properties("LedgerTable")["SSESpecification"]["Fn::If"] == [
        "HasKmsKey",
        {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        {"SSEEnabled": True},
    ]


def test_ledger_forgets_nothing() -> None:
    own = properties("LedgerTable")
    assert [(key["AttributeName"], key["KeyType"]) for key in own["KeySchema"]] == [
        ("order", "HASH"),
        ("route", "RANGE"),
    ]
    assert own["BillingMode"] == "PAY_PER_REQUEST"
    assert own["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert "TimeToLiveSpecification" not in own


@pytest.mark.parametrize("name", ["DocumentsBucket", "DocumentsBucketPolicy", "LedgerTable"])
def test_what_prevents_a_second_document_outlives_the_stack(name: str) -> None:
    assert RESOURCES[name]["DeletionPolicy"] == "Retain"
    assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


# ------------------------------------------------------------------ permissions


@pytest.mark.parametrize(
    "name", of_type("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy")
)
def test_no_permission_is_a_bare_star(name: str) -> None:
    for action, resource in allowed(name):
        assert "*" not in action
        assert resource != '"*"'


def test_every_function_has_a_role_of_its_own_without_managed_extras() -> None:
    """Without Role, SAM adds policies of AWS whose resources are stars."""
    roles = [properties(function)["Role"]["Fn::GetAtt"][0] for function in FUNCTIONS]
    assert len(set(roles)) == len(FUNCTIONS)
    assert properties("DeliverRole")["ManagedPolicyArns"] == [{"Ref": "DeliveryPolicy"}]
    assert properties("WebhookRole")["ManagedPolicyArns"] == {
        "Fn::If": ["Inline", [{"Ref": "DeliveryPolicy"}], {"Ref": "AWS::NoValue"}]
    }


@pytest.mark.parametrize("name", ["DeliveryPolicy", "ReconcileRole"])
def test_a_stack_reads_the_parameters_of_its_own_way_to_log_in_and_no_others(name: str) -> None:
    [resource] = {where for action, where in allowed(name) if action == "ssm:GetParameter"}
    [condition, logging_in, otherwise] = json.loads(resource)["Fn::If"]
    assert condition == "LogsIn"
    assert TEMPLATE["Conditions"][condition] == {
        "Fn::Equals": [{"Ref": "OmnitronLogin"}, "password"]
    }
    named = [
        [each["Fn::Sub"].rpartition("/")[2] for each in way] for way in (logging_in, otherwise)
    ]
    assert named == [["omnitron-user", "omnitron-password"], ["omnitron-token"]]


def test_who_delivers_may_tell_the_alarm_topic_and_nobody_else() -> None:
    assert allowed("TellAlarmTopic") == {("sns:Publish", '{"Ref": "AlarmTopicArn"}')}
    assert RESOURCES["TellAlarmTopic"]["Condition"] == "HasAlarmTopic"
    inline = {"Fn::If": ["Inline", {"Ref": "WebhookRole"}, {"Ref": "AWS::NoValue"}]}
    assert properties("TellAlarmTopic")["Roles"] == [{"Ref": "DeliverRole"}, inline]


def test_the_erp_can_take_documents_but_not_the_trace_of_them() -> None:
    assert actions_on("ErpReader", "${DocumentPrefix}/*") == {"s3:GetObject", "s3:DeleteObject"}
    assert actions_on("ErpReader", '["DocumentsBucket", "Arn"]') == {"s3:ListBucket"}
    assert {action for action, _ in allowed("ErpReader") if action.startswith("sqs:")} == {
        f"sqs:{action}"
        for action in (
            "ReceiveMessage",
            "DeleteMessage",
            "ChangeMessageVisibility",
            "GetQueueAttributes",
            "GetQueueUrl",
        )
    }
    [denied] = [s for s in statements("ErpReader") if s["Effect"] == "Deny"]
    assert denied["Action"] == "s3:DeleteObjectVersion"


def test_what_the_scanner_would_say_is_answered_beside_it() -> None:
    """`make scan` runs it: an environment of its own, too large for every test run."""
    skipped = [
        skip
        for resource in RESOURCES.values()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]
    assert len(skipped) > 20
    assert all(len(skip["comment"]) > 20 for skip in skipped)


# ------------------------------------------------------------------ deployments and builds


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_samconfig_sets_values_that_the_template_takes(deployment: str) -> None:
    for name, value in parameters_of(deployment).items():
        parameter = PARAMETERS[name]
        assert re.fullmatch(parameter.get("AllowedPattern", ".*"), value)
        if parameter["Type"] == "Number":
            assert parameter.get("MinValue", 0) <= int(value) <= parameter.get("MaxValue", 10**9)
            assert int(value) in parameter.get("AllowedValues", [int(value)])
        else:
            assert value in parameter.get("AllowedValues", [value])


def test_samconfig_has_the_three_deployments_and_no_machine() -> None:
    assert set(DEPLOYMENTS) == {"dev", "prod", "local"}
    assert CONFIG["prod"]["deploy"]["parameters"]["confirm_changeset"] is True
    assert not re.search(r'"(/|~|[A-Z]:)', (ROOT / "samconfig.toml").read_text("utf-8"))


def test_layers_are_built_for_what_is_deployed() -> None:
    """PythonRuntime and Architecture have one place, the template's defaults."""
    for table in CONFIG.values():
        assert "PythonRuntime" not in str(table)
        assert "Architecture" not in str(table)
    clean = {k: v for k, v in os.environ.items() if k not in {"PYTHON_RUNTIME", "ARCHITECTURE"}}
    show = "show: ; @echo $(PYTHON_RUNTIME) $(ARCHITECTURE)"
    said = subprocess.run(
        ["make", "--no-print-directory", "-f", "build.mk", f"--eval={show}", "show"],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert said == [PARAMETERS["PythonRuntime"]["Default"], PARAMETERS["Architecture"]["Default"]]


@pytest.mark.parametrize("name", FUNCTIONS + LAYERS)
def test_every_build_target_exists(name: str) -> None:
    assert RESOURCES[name]["Metadata"]["BuildMethod"] == "makefile"
    own = properties(name)
    makefile = ROOT / (own.get("CodeUri") or own["ContentUri"]) / "Makefile"
    assert re.search(rf"^build-{name}:", makefile.read_text("utf-8"), re.MULTILINE)
