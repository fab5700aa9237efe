//! API specifications in `OpenAPI`, and the check of an exchange against them.

use crate::support::witness::Exchange;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Parameters missing from the specification. They are sent because modern accounts ignore `$filter`.
pub(crate) const UNDOCUMENTED: [&str; 2] = ["startDate", "endDate"];

/// All specification files as one document, with local references.
pub(crate) struct Spec {
    pub(crate) paths: Vec<(String, Value)>,
    pub(crate) root: Value,
    /// Compiled schemas by their text.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Spec {
    /// Reads `OpenAPI` files; an absent one fails the test.
    pub(crate) fn load(files: &[PathBuf]) -> Self {
        let mut paths = Vec::new();
        let (mut definitions, mut parameters) = (json!({}), json!({}));
        for file in files {
            let text = std::fs::read_to_string(file)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            // Every file refers to its neighbours by a different path; in one document the references are local.
            let mut local = String::with_capacity(text.len());
            for line in text.lines() {
                let line = match line.split_once("\"$ref\": \"") {
                    Some((before, rest)) => {
                        let place = rest.split_once('#').map_or(rest, |(_, place)| place);
                        format!("{before}\"$ref\": \"#{place}")
                    }
                    None => line.to_owned(),
                };
                local.push_str(&line);
                local.push('\n');
            }
            let file: Value = serde_json::from_str(&local).unwrap();
            for (kind, all) in [
                ("definitions", &mut definitions),
                ("parameters", &mut parameters),
            ] {
                for (name, value) in file[kind].as_object().into_iter().flatten() {
                    all.as_object_mut()
                        .unwrap()
                        .entry(name.clone())
                        .or_insert(value.clone());
                }
            }
            for (path, item) in file["paths"].as_object().into_iter().flatten() {
                paths.push((path.clone(), item.clone()));
            }
        }
        // ARM's common types are not among the files; this is the only one referred to.
        parameters["ApiVersionParameter"] =
            json!({ "name": "api-version", "in": "query", "required": true, "type": "string" });
        Self {
            paths,
            root: json!({ "definitions": definitions, "parameters": parameters }),
            validators: Mutex::default(),
        }
    }

    /// The operation of a call, found by its path after the provider, whatever the scope.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let provider = "/providers/Microsoft.";
        let (_, action) = path.rsplit_once(provider)?;
        self.paths.iter().find_map(|(template, item)| {
            let (_, wanted) = template.rsplit_once(provider)?;
            let fits = wanted.split('/').count() == action.split('/').count()
                && wanted
                    .split('/')
                    .zip(action.split('/'))
                    .all(|(wanted, part)| wanted.starts_with('{') || wanted == part);
            fits.then(|| &item[method.to_lowercase()])
        })
    }

    pub(crate) fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(place) => self.root.pointer(place.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }

    /// Schema violations of a document. Members that are null count as absent, as in the service.
    pub(crate) fn problems(&self, schema: &Value, document: &Value) -> Vec<String> {
        let validator = self.validator(schema);
        let document = without_nulls(document.clone());
        let errors = validator.iter_errors(&document);
        errors
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect()
    }

    /// Many documents have the same schema, and compiling it takes longer than the check.
    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let compile = || {
            let mut schema = schema.clone();
            schema["definitions"] = self.root["definitions"].clone();
            let options = jsonschema::options().with_draft(jsonschema::Draft::Draft4);
            Arc::new(options.build(&schema).unwrap())
        };
        let mut known = self.validators.lock().unwrap();
        let known = known.entry(schema.to_string()).or_insert_with(compile);
        Arc::clone(known)
    }

    /// Every part of an exchange that the specification does not allow.
    pub(crate) fn check(&self, exchange: &Exchange) -> Vec<String> {
        let operation = match self.operation(&exchange.method, &exchange.path) {
            Some(operation) if operation.is_object() => operation,
            _ => {
                return vec![format!(
                    "{} {} is not described",
                    exchange.method, exchange.path
                )];
            }
        };
        let mut wrong = Vec::new();
        let parameters: Vec<&Value> = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| self.resolved(parameter))
            .collect();
        for (name, value) in &exchange.query {
            let known = parameters
                .iter()
                .find(|p| p["in"] == "query" && p["name"] == name.as_str());
            match known {
                None if UNDOCUMENTED.contains(&name.as_str()) => {}
                None => wrong.push(format!("the parameter {name} is not described")),
                Some(parameter) => {
                    if let Some(allowed) = parameter["enum"].as_array()
                        && !allowed.contains(&json!(value))
                    {
                        wrong.push(format!("{name}={value} is not one of {allowed:?}"));
                    }
                    if parameter["type"] == "integer" {
                        let number: i64 = value.parse().unwrap_or(-1);
                        let most = parameter["maximum"].as_i64().unwrap_or(i64::MAX);
                        if !(1..=most).contains(&number) {
                            wrong.push(format!("{name}={value} is out of bounds"));
                        }
                    }
                }
            }
        }
        for parameter in parameters
            .iter()
            .filter(|p| p["in"] == "query" && p["required"] == true)
        {
            let name = parameter["name"].as_str().unwrap();
            if !exchange.query.iter().any(|(known, _)| known == name) {
                wrong.push(format!("the parameter {name} is missing"));
            }
        }
        if let Some(body) = parameters.iter().find(|p| p["in"] == "body") {
            let sent: Value = serde_json::from_str(&exchange.body).unwrap_or(Value::Null);
            wrong.extend(self.problems(&body["schema"], &sent));
        } else if !exchange.body.is_empty() {
            wrong.push("a body is sent where none is described".to_owned());
        }
        let responses = &operation["responses"];
        // Gateways in front of the service answer in HTML, which the specification does not cover.
        if exchange.status >= 500 && !exchange.answer.starts_with('{') {
            return wrong;
        }
        let status = exchange.status.to_string();
        let response = responses.get(&status).or(responses.get("default")).unwrap();
        match (response.get("schema"), exchange.answer.is_empty()) {
            (Some(schema), false) => {
                let answer: Value = serde_json::from_str(&exchange.answer).unwrap_or(Value::Null);
                let found = self.problems(schema, &answer);
                wrong.extend(
                    found
                        .iter()
                        .map(|text| format!("the answer {status}: {text}")),
                );
            }
            (None, false) => wrong.push(format!(
                "the answer {status} has a body that is not described"
            )),
            _ => {}
        }
        wrong
    }
}

pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
