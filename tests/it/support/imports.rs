//! The import graph of the sources: which file takes names from which. Paths are read from tokens, `super::` and re-exports
//! are resolved to the file that defines the name.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};

/// A module path without `crate`.
type Path = Vec<String>;

/// The module of a file: `data/mod.rs` is `data`.
fn module_of(file: &str) -> Path {
    let mut path: Path = file
        .trim_end_matches(".rs")
        .split('/')
        .map(ToOwned::to_owned)
        .collect();
    if matches!(path.last().map(String::as_str), Some("mod" | "lib")) {
        path.pop();
    }
    path
}

/// A path in a file, and the name under which a `pub use` makes it known.
struct Named {
    path: Path,
    public_as: Option<String>,
}

/// Reads the paths of a file.
struct Reader<'a> {
    module: &'a [String],
    children: BTreeSet<&'a str>,
    named: Vec<Named>,
}

impl Reader<'_> {
    /// A path as it is written, as a path of the crate; `None` for paths of other crates.
    fn absolute(&self, written: &[String]) -> Option<Path> {
        let mut rest = written;
        let mut path = match rest.first().map(String::as_str)? {
            "crate" => Path::new(),
            "self" => self.module.to_vec(),
            "super" => {
                let mut path = self.module.to_vec();
                while rest.get(1).is_some_and(|word| word == "super") {
                    path.pop();
                    rest = &rest[1..];
                }
                path.pop();
                path
            }
            child if self.children.contains(child) => {
                let mut path = self.module.to_vec();
                path.extend(rest.iter().cloned());
                return Some(path);
            }
            _ => return None,
        };
        path.extend(rest[1..].iter().cloned());
        Some(path)
    }

    fn note(&mut self, written: &[String], public_as: Option<String>) {
        if let Some(path) = self.absolute(written) {
            self.named.push(Named { path, public_as });
        }
    }

    /// Reads the tree of a `use`: a path, a list in braces, or a new name after `as`.
    fn tree(&mut self, before: &[String], tokens: &[TokenTree], public: bool) {
        let mut path = before.to_vec();
        let mut renamed = None;
        let mut tokens = tokens.iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    renamed = tokens.next().map(ToString::to_string);
                }
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Group(list) if list.delimiter() == Delimiter::Brace => {
                    let all: Vec<TokenTree> = list.stream().into_iter().collect();
                    for one in all.split(|token| is_sign(token, ',')) {
                        self.tree(&path, one, public);
                    }
                    return;
                }
                _ => {}
            }
        }
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = renamed.or_else(|| path.last().cloned());
        if path.len() > before.len() || before.len() > 1 {
            self.note(&path, name.filter(|_| public));
        }
    }

    fn stream(&mut self, stream: TokenStream) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        let mut public = false;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(word) if word == "use" => {
                    let length = tokens[at..].iter().position(|token| is_sign(token, ';'));
                    let end = at + length.unwrap_or(tokens.len() - at);
                    self.tree(&[], &tokens[at + 1..end], public);
                    at = end;
                }
                TokenTree::Ident(word) if word == "pub" => {
                    public = true;
                    // The place in `pub(in ...)` is no import.
                    if matches!(&tokens.get(at + 1), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
                    {
                        at += 1;
                    }
                    at += 1;
                    continue;
                }
                TokenTree::Ident(word) if is_path(&tokens, at) => {
                    let mut path = vec![word.to_string()];
                    while let Some(TokenTree::Ident(next)) = tokens.get(at + 3)
                        && is_path(&tokens, at)
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    self.note(&path, None);
                }
                TokenTree::Group(group) => self.stream(group.stream()),
                _ => {}
            }
            public = false;
            at += 1;
        }
    }
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// Whether `::` and a name follow.
fn is_path(tokens: &[TokenTree], at: usize) -> bool {
    let signs = tokens.get(at + 1..at + 3);
    signs.is_some_and(|signs| signs.iter().all(|token| is_sign(token, ':')))
        && matches!(tokens.get(at + 3), Some(TokenTree::Ident(_)))
}

/// The graph over files, by their paths under `src`.
pub(crate) struct Graph {
    pub(crate) imports: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Reads the graph of these files, given as path and text.
    pub(crate) fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files: BTreeMap<Path, (&str, &str)> = files
            .into_iter()
            .map(|(file, text)| (module_of(file), (file, text)))
            .collect();
        let mut named: BTreeMap<&str, Vec<Named>> = BTreeMap::new();
        let mut public: BTreeMap<Path, Path> = BTreeMap::new();
        for (module, (file, text)) in &files {
            let children = files
                .keys()
                .filter(|path| path.len() == module.len() + 1 && path.starts_with(module));
            let mut reader = Reader {
                module,
                children: children
                    .filter_map(|path| path.last())
                    .map(String::as_str)
                    .collect(),
                named: Vec::new(),
            };
            let tokens: TokenStream = text.parse().unwrap_or_else(|_| panic!("{file}: no Rust"));
            reader.stream(tokens);
            for name in &reader.named {
                if let Some(known) = &name.public_as {
                    let mut path = module.clone();
                    path.push(known.clone());
                    public.insert(path, name.path.clone());
                }
            }
            named.insert(file, reader.named);
        }
        let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (file, paths) in named {
            let found = imports.entry(file.to_owned()).or_default();
            for name in paths {
                let Some((defined, _)) = resolve(name.path, &files, &public) else {
                    continue;
                };
                if defined != file {
                    found.insert(defined.to_owned());
                }
            }
        }
        Self { imports }
    }

    /// Files that import each other in a circle.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let reach: BTreeMap<&str, BTreeSet<&str>> = self
            .imports
            .keys()
            .map(|file| (file.as_str(), self.reachable(file)))
            .collect();
        let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
        for (file, reached) in &reach {
            let circle: Vec<String> = reached
                .iter()
                .filter(|other| reach[*other].contains(file))
                .map(|other| (*other).to_owned())
                .collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.into_iter().collect()
    }

    fn reachable<'a>(&'a self, file: &'a str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut next = vec![file];
        while let Some(file) = next.pop() {
            for other in &self.imports[file] {
                if reached.insert(other.as_str()) {
                    next.push(other);
                }
            }
        }
        reached
    }
}

/// The file that defines what a path names, and its module.
fn resolve<'a>(
    mut path: Path,
    files: &BTreeMap<Path, (&'a str, &'a str)>,
    public: &BTreeMap<Path, Path>,
) -> Option<(&'a str, usize)> {
    // A re-export of a re-export is followed, too.
    for _ in 0..8 {
        let known = (1..=path.len()).find_map(|end| Some((end, public.get(&path[..end])?)));
        let Some((end, defined)) = known else { break };
        path = [defined.as_slice(), &path[end..]].concat();
    }
    (0..=path.len())
        .rev()
        .find_map(|end| Some((files.get(&path[..end])?.0, end)))
        .filter(|(file, _)| *file != "lib.rs")
}
