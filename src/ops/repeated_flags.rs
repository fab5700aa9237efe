//! The flags of this run that the commands on its screens repeat.

/// The flags of this run that a command must repeat to give the same answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepeatedFlags {
    /// The place of reports, and the way files are read.
    pub local: Vec<String>,
    /// The cloud, and the way to sign in.
    pub online: Vec<String>,
}

impl RepeatedFlags {
    /// The flags for a command on these sources. Only sources on a server need those of the cloud.
    pub fn on<'a>(&self, sources: impl IntoIterator<Item = &'a String>) -> Vec<String> {
        let mut sources = sources.into_iter();
        self.flags(sources.any(|source| source.contains("://")))
    }

    /// The flags for a command that asks a server, or for one that does not.
    pub fn flags(&self, is_online: bool) -> Vec<String> {
        let online = if is_online {
            self.online.as_slice()
        } else {
            &[]
        };
        online.iter().chain(&self.local).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::RepeatedFlags;

    #[test]
    fn only_commands_that_ask_a_server_repeat_the_cloud() {
        let given = RepeatedFlags {
            local: vec!["--data-dir d".to_owned()],
            online: vec!["--cloud usgov".to_owned(), "--ca-file c".to_owned()],
        };
        let all = ["--cloud usgov", "--ca-file c", "--data-dir d"];
        assert_eq!(given.flags(true), all);
        assert_eq!(given.flags(false), ["--data-dir d"]);
    }
}
