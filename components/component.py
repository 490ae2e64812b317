"""What every component does alike."""

import pulumi


class Component(pulumi.ComponentResource):
    """A component whose outputs are what its class annotates."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None) -> None:
        # Without inputs: with them, every child would wait for all of them.
        super().__init__(f"xray-on-kubernetes:index:{type(self).__name__}", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)

    def _register(self) -> None:
        """Registers the outputs: the last thing that a constructor does."""
        self.register_outputs({name: getattr(self, name) for name in type(self).__annotations__})
