"""Changes a few places in the installed Patroni and compiles it anew. Runs once, while the image is built.

An edit whose place is not found exactly once stops the build: a new Patroni has to be looked at.
"""

import compileall
import importlib.util
import pathlib
import py_compile
import sys

EDITS = [
    # A lost node is noticed when its lock expires, and Patroni does not let `ttl` go under 20 s. That floor protects
    # those who set it by guess; the rule that keeps two primaries apart is `loop_wait + 2 * retry_timeout <= ttl`, which
    # stays in force. pgo sets all three together, and needs less to have a new primary within 15 s of the loss.
    ("config.py", "__get_and_maybe_adjust_int_value(config, 'ttl', 20)",
     "__get_and_maybe_adjust_int_value(config, 'ttl', 10)"),
    # The same floor, where a configuration is checked before it is used.
    ("validator.py", 'Optional("ttl"): IntValidator(min=20, raise_assert=True)',
     'Optional("ttl"): IntValidator(min=10, raise_assert=True)'),
    # The list of PostgreSQL's parameters (40 kB of YAML) is read at every start. In Python that takes 90 ms, with
    # libyaml 10 ms.
    ("postgresql/validator.py", "return yaml.safe_load(stream)",
     "return yaml.load(stream, Loader=yaml.CSafeLoader)"),
    # A Kubernetes API that stood still carries out, when it goes on, what a leader had long given up waiting for: its own
    # renewals of the lock. To Patroni that lock has expired; the leader takes it anew and meets a conflict with itself, for
    # which it would stop PostgreSQL at once: seconds without a primary, in every cluster at the same moment. A lock that
    # still names this leader is nobody else's, so it is renewed, on the condition that it has not changed since.
    ("dcs/kubernetes.py",
     """        if handle_conflict and retry.ensure_deadline(1):
            # if we are here, that means update failed with 409
""",
     """        if handle_conflict and retry.ensure_deadline(1, KubernetesError('a conflict, and no time to find out with whom')):
            # if we are here, that means update failed with 409
"""),
    ("dcs/kubernetes.py",
     """                if kind and kind_resource_version != resource_version and\\
                        all(kind_annotations.get(k) == v for k, v in annotations.items()):
                    ret = True

        if not ret:
            logger.info('Could not take out TTL lock')
""",
     """                if kind and kind_resource_version != resource_version and\\
                        kind_annotations.get(self._LEADER) == self._name:
                    ret = all(kind_annotations.get(k) == v for k, v in annotations.items()) or bool(
                        _run_and_handle_exceptions(self._patch_or_create, self.leader_path, annotations,
                                                   kind_resource_version, ips=self.__ips, retry=_retry))

        if not ret:
            logger.info('Could not take out TTL lock')
"""),
    # The same conflict where the lock is renewed. Not to know in time who holds the lock is the same as not to reach
    # Kubernetes: in failsafe mode the primary goes on if every other member confirms that it is none.
    ("dcs/kubernetes.py",
     """        if not retry.ensure_deadline(1):
            return False  # No time for retry.""",
     """        if not retry.ensure_deadline(1):
            raise KubernetesError('a conflict, and no time to find out with whom')  # No time for retry."""),
]


def main() -> None:
    spec = importlib.util.find_spec("patroni")
    root = pathlib.Path(spec.origin).parent
    for name, old, new in EDITS:
        file = root / name
        text = file.read_text(encoding="utf-8")
        if text.count(old) != 1:
            sys.exit(f"{file}: expected exactly one «{old}», found {text.count(old)}: this Patroni needs another edit")
        file.write_text(text.replace(old, new), encoding="utf-8")
    # With a read-only root file system, byte code that looks stale would be made again at every start, and thrown away.
    # A layer may lose the files' times on its way, so validity must not depend on them.
    for folder in (root.parent, pathlib.Path(sys.prefix) / f"lib/python3.{sys.version_info.minor}"):
        if not compileall.compile_dir(folder, quiet=2, force=True,
                                      invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH):
            sys.exit(f"{folder}: not everything could be compiled")


main()
