//! A new variant of our own enums must be considered wherever they are matched: such matches list all variants and do
//! not end in `_ =>`. Enums with many variants (keys, actions, messages, columns) are exempt: their matches choose a few.

use crate::support::sources::{File, sources};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeMap;

/// Matches on larger enums choose some variants; listing the others would hide the chosen ones.
const MOST_VARIANTS: usize = 9;

fn tokens(file: &File) -> TokenStream {
    file.text
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", file.path))
}

fn is_punct(tree: &TokenTree, sign: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn ident(tree: &TokenTree) -> Option<String> {
    match tree {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    }
}

/// Our enums with their number of variants; `None` for a name that several enums have.
type Enums = BTreeMap<String, Option<usize>>;

fn enums(stream: TokenStream, found: &mut Enums) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    for (at, tree) in trees.iter().enumerate() {
        if let TokenTree::Group(group) = tree {
            enums(group.stream(), found);
        }
        let is_enum = ident(tree).is_some_and(|word| word == "enum");
        let name = trees.get(at + 1).and_then(ident);
        let (true, Some(name)) = (is_enum, name) else {
            continue;
        };
        let body = trees[at..].iter().find_map(|tree| match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
            _ => None,
        });
        let variants = body.map_or(0, |body| variants(body.stream()));
        let several = found.contains_key(&name);
        found.insert(name, (!several).then_some(variants));
    }
}

/// The number of variants: names outside of attributes, each followed by fields, a value, a comma or the end.
fn variants(stream: TokenStream) -> usize {
    let mut count = 0;
    let mut expected = true;
    for tree in stream {
        match &tree {
            TokenTree::Ident(_) if expected => {
                count += 1;
                expected = false;
            }
            tree if is_punct(tree, ',') => expected = true,
            _ => {}
        }
    }
    count
}

/// The patterns of a match, each as its tokens.
fn patterns(stream: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut out = Vec::new();
    let mut pattern = Vec::new();
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        let arrow = is_punct(&tree, '=') && trees.peek().is_some_and(|next| is_punct(next, '>'));
        if !arrow {
            pattern.push(tree);
            continue;
        }
        out.push(std::mem::take(&mut pattern));
        trees.next();
        let is_block = trees.peek().is_some_and(
            |next| matches!(next, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace),
        );
        if is_block {
            trees.next();
            trees.next_if(|next| is_punct(next, ','));
        } else {
            for tree in trees.by_ref() {
                if is_punct(&tree, ',') {
                    break;
                }
            }
        }
    }
    out
}

/// The enum that a pattern names: all its alternatives are `Enum::Variant`.
fn enum_of(pattern: &[TokenTree]) -> Option<String> {
    let mut name = None;
    for alternative in pattern.split(|tree| is_punct(tree, '|')) {
        let [first, colon, ..] = alternative else {
            return None;
        };
        let first = ident(first).filter(|_| is_punct(colon, ':'))?;
        if name.as_ref().is_some_and(|known| *known != first) {
            return None;
        }
        name = Some(first);
    }
    name
}

/// The enums of matches that end in `_ =>` although all other patterns are variants of one enum of ours.
fn wildcards(stream: TokenStream, enums: &Enums, found: &mut Vec<String>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    for (at, tree) in trees.iter().enumerate() {
        if let TokenTree::Group(group) = tree {
            wildcards(group.stream(), enums, found);
        }
        if ident(tree).is_none_or(|word| word != "match") {
            continue;
        }
        let body = trees[at..].iter().find_map(|tree| match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
            _ => None,
        });
        let all = body.map_or_else(Vec::new, |body| patterns(body.stream()));
        let Some((last, others)) = all.split_last() else {
            continue;
        };
        let wild = matches!(last.as_slice(), [one] if ident(one).is_some_and(|word| word == "_"));
        let named: Option<Vec<String>> = others.iter().map(|pattern| enum_of(pattern)).collect();
        let Some([first, rest @ ..]) = named.as_deref() else {
            continue;
        };
        let small = enums.get(first).copied().flatten();
        if wild
            && rest.iter().all(|name| name == first)
            && small.is_some_and(|n| n <= MOST_VARIANTS)
        {
            found.push(first.clone());
        }
    }
}

fn violations(file: &File, enums: &Enums) -> Vec<String> {
    let mut found = Vec::new();
    wildcards(tokens(file), enums, &mut found);
    let place = |name| {
        format!(
            "src/{}: a match on {name} ends in `_ =>`: list its variants",
            file.path
        )
    };
    found.into_iter().map(place).collect()
}

#[test]
fn matches_on_our_enums_list_their_variants() {
    let files = sources();
    let mut known = Enums::new();
    for file in &files {
        enums(tokens(file), &mut known);
    }
    assert!(known.len() > 100, "the enums were not found");
    let wrong: Vec<String> = files
        .iter()
        .filter(|file| !file.is_test())
        .flat_map(|file| violations(file, &known))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn planted_wildcard_is_found() {
    let text = "enum Fruit { Apple(u8), #[x] Pear { a: u8 }, Plum = 3 }\n\
                fn a(f: Fruit) { match f { Fruit::Apple(_) | Fruit::Plum => 1, _ => 2 } }\n\
                fn b(f: Fruit) { match f { Fruit::Apple(_) if x => { 1 } Fruit::Pear { .. } => 2, Fruit::Plum => 3 } }\n\
                fn c(f: u8) { match f { 1 => 1, _ => 2 } }\n";
    let file = File::planted("domain/fruit.rs", text);
    let mut known = Enums::new();
    enums(tokens(&file), &mut known);
    assert_eq!(known["Fruit"], Some(3));
    let found = violations(&file, &known);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("a match on Fruit"), "{found:?}");
}
