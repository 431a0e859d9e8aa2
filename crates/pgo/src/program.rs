//! How the program was called, which is how it speaks of itself.

use std::path::Path;

/// The name that users type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// By its own name.
    Pgo,
    /// As a plugin: `kubectl pgo` runs the program `kubectl-pgo` that it finds in the `PATH`.
    Kubectl,
    /// As what kubectl asks for completions of its plugin: the program `kubectl_complete-pgo`.
    KubectlCompletion,
}

impl Program {
    /// Tells from the first item of the command line.
    pub(crate) fn called(argv: &[String]) -> Self {
        let path = argv.first().map(String::as_str).unwrap_or_default();
        match Path::new(path).file_stem().and_then(|name| name.to_str()) {
            Some("kubectl-pgo") => Self::Kubectl,
            Some("kubectl_complete-pgo") => Self::KubectlCompletion,
            _ => Self::Pgo,
        }
    }

    /// Writes commands in a text as the user types them.
    ///
    /// The texts of this program name commands at the beginning of an indented line, or in quotes.
    pub(crate) fn speak(self, text: &str) -> String {
        match self {
            Self::Pgo => text.to_owned(),
            Self::Kubectl | Self::KubectlCompletion => text
                .replace("\n  pgo ", "\n  kubectl pgo ")
                .replace("'pgo ", "'kubectl pgo ")
                .replace("\"pgo\"", "\"kubectl pgo\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_known_by_its_file() {
        let called = |path: &str| Program::called(&[path.to_owned()]);
        for plugin in ["kubectl-pgo", "/usr/local/bin/kubectl-pgo", "kubectl-pgo.exe"] {
            assert_eq!(called(plugin), Program::Kubectl, "{plugin}");
        }
        assert_eq!(called("/bin/kubectl_complete-pgo"), Program::KubectlCompletion);
        for other in ["pgo", "/opt/kubectl-pgo/pgo", "", "kubectl-pgo-2"] {
            assert_eq!(called(other), Program::Pgo, "{other}");
        }
        assert_eq!(Program::called(&[]), Program::Pgo);
    }

    #[test]
    fn only_commands_are_rewritten() {
        let text = "Usage:\n  pgo show [flags]\n\nRun 'pgo help'; the pgo file is /etc/pgo/pgouser\n";
        assert_eq!(
            Program::Kubectl.speak(text),
            "Usage:\n  kubectl pgo show [flags]\n\nRun 'kubectl pgo help'; the pgo file is /etc/pgo/pgouser\n"
        );
        assert_eq!(Program::Pgo.speak(text), text);
    }
}
