"""Parameter Store: one token, and every webhook secret under a path."""

from typing import Any

from simulation.calls import Service, answered, succeeded


class SSM(Service):
    """boto3.client("ssm")."""

    name = "ssm"

    def get_parameter(self, **parameters: Any) -> dict[str, Any]:
        """GetParameter."""
        name = parameters["Name"]

        def get() -> dict[str, Any]:
            if name not in self.scene.parameters:
                raise answered("ParameterNotFound", 400, "GetParameter")
            return succeeded(Parameter={"Name": name, "Value": self.scene.parameters[name]})

        return self.call("GetParameter", name.rsplit("/", 1)[-1], parameters, get)

    def get_parameters_by_path(self, **parameters: Any) -> dict[str, Any]:
        """GetParametersByPath: the values directly below the path."""

        def get() -> dict[str, Any]:
            found = [
                {"Name": name, "Value": value}
                for name, value in sorted(self.scene.parameters.items())
                if name.rsplit("/", 1)[0] == parameters["Path"].rstrip("/")
            ]
            return succeeded(Parameters=found)

        return self.call("GetParametersByPath", "webhook-secrets", parameters, get)
