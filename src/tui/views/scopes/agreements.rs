//! The agreements of scopes, which arrive after the list.

use super::state::{Scopes, TreeLoading};
use crate::domain::scope::{Agreement, ScopeId};

impl Scopes {
    /// The agreement of a scope, if the list has it.
    pub(super) fn known_agreement(&self, id: &ScopeId) -> Option<Agreement> {
        let TreeLoading::Found(found) = &self.listing else {
            return None;
        };
        let mut scopes = found.scopes.iter();
        scopes.find(|scope| scope.id == *id)?.agreement
    }

    /// Stores the agreements that were requested.
    pub fn learn(&mut self, agreements: &[(ScopeId, Agreement)]) {
        for (id, agreement) in agreements {
            let marked = self.marked.iter_mut().map(|marked| &mut marked.scope);
            for scope in marked.filter(|scope| scope.id == *id) {
                scope.learn(*agreement);
            }
        }
        if let TreeLoading::Found(found) = &mut self.listing {
            for (id, agreement) in agreements {
                for scope in found.scopes.iter_mut().filter(|scope| scope.id == *id) {
                    scope.learn(*agreement);
                }
            }
        }
    }
}
