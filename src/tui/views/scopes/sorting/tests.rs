//! Orders of scopes: blocks of currencies, unknown months last, ties as listed.

use super::*;
use crate::domain::scope::Agreement;

fn scope(name: &str, number: u32) -> Scope {
    let id = ScopeId::parse(&format!("{number:08}-0000-4000-8000-000000000000")).unwrap();
    Scope::found(id, name.to_owned(), Some(Agreement::Ea), None)
}

fn month(totals: &[(&str, &str)], changes: &[Option<i64>]) -> ScopeMonth {
    let money = |(currency, amount): &(&str, &str)| Money {
        currency: Some((*currency).to_owned()),
        amount: Amount::parse(amount).unwrap().amount,
    };
    ScopeMonth {
        totals: totals.iter().map(money).collect(),
        changes: changes.to_vec(),
        ..ScopeMonth::default()
    }
}

fn sorted(order: ScopeOrder) -> Vec<&'static str> {
    let names = ["beta", "Alpha", "none", "gamma", "delta", "empty", "both"];
    let scopes: Vec<Scope> = (1..).zip(names).map(|(n, name)| scope(name, n)).collect();
    let known = [
        ("beta", month(&[("EUR", "5")], &[Some(-120)])),
        ("Alpha", month(&[("USD", "900")], &[Some(30)])),
        ("gamma", month(&[("EUR", "70")], &[None])),
        ("delta", month(&[("EUR", "-3")], &[Some(450)])),
        ("empty", month(&[], &[])),
        (
            "both",
            month(&[("EUR", "80"), ("USD", "1")], &[None, Some(10)]),
        ),
    ];
    let id = |name: &str| {
        let mut scopes = scopes.iter();
        scopes.find(|scope| scope.name == name).unwrap().id.clone()
    };
    let months: ScopeMonths = known
        .into_iter()
        .map(|(name, month)| (id(name), month))
        .collect();
    let mut shown: Vec<&Scope> = scopes.iter().collect();
    order.arrange(&mut shown, &months);
    let place = |scope: &&Scope| names.iter().position(|name| *name == scope.name);
    shown
        .iter()
        .map(|scope| names[place(scope).unwrap()])
        .collect()
}

#[test]
fn amounts_are_compared_within_their_currency() {
    let largest = ScopeOrder::of(ScopeSort::Total);
    assert_eq!(
        sorted(largest),
        ["gamma", "beta", "delta", "both", "Alpha", "none", "empty"]
    );
    assert_eq!(
        sorted(largest.clicked(ScopeSort::Total)),
        ["delta", "beta", "gamma", "both", "Alpha", "none", "empty"]
    );
}

#[test]
fn percents_are_compared_across_currencies() {
    let rise = ScopeOrder::of(ScopeSort::Change);
    assert_eq!(
        sorted(rise),
        ["delta", "Alpha", "both", "beta", "gamma", "none", "empty"]
    );
    assert_eq!(
        sorted(rise.directed(true)),
        ["beta", "both", "Alpha", "delta", "gamma", "none", "empty"]
    );
}

#[test]
fn of_several_currencies_the_change_that_leads_is_compared() {
    let scopes = [scope("fall", 1), scope("both", 2), scope("rise", 3)];
    let totals = [("EUR", "1"), ("USD", "1")];
    let changes = [[-10, -20], [-500, 900], [10, 800]];
    let months = scopes.iter().zip(changes).map(|(scope, changes)| {
        let changes = changes.map(Some);
        (scope.id.clone(), month(&totals, &changes))
    });
    let months: ScopeMonths = months.collect();
    let names = |ascending| -> Vec<&str> {
        let mut shown: Vec<&Scope> = scopes.iter().collect();
        let order = ScopeOrder::of(ScopeSort::Change).directed(ascending);
        order.arrange(&mut shown, &months);
        shown.iter().map(|scope| scope.name.as_str()).collect()
    };
    assert_eq!(names(false), ["both", "rise", "fall"]);
    assert_eq!(names(true), ["both", "fall", "rise"]);
}

#[test]
fn names_are_compared_without_case() {
    let listed = ScopeOrder::default();
    assert_eq!(
        sorted(listed),
        ["beta", "Alpha", "none", "gamma", "delta", "empty", "both"]
    );
    let names = ["Alpha", "beta", "both", "delta", "empty", "gamma", "none"];
    assert_eq!(sorted(listed.clicked(ScopeSort::Name)), names);
    assert_eq!(sorted(listed.directed(true)), names);
    let mut back = names;
    back.reverse();
    assert_eq!(sorted(listed.directed(false)), back);
}

#[test]
fn the_key_turns_through_every_order() {
    let mut by = ScopeSort::default();
    for _ in 0..4 {
        by = by.next();
    }
    assert_eq!(by, ScopeSort::Listed);
}
