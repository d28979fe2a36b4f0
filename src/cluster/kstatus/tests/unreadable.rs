//! Objects that do not keep to the form: never taken for good.

use super::*;

#[test]
fn a_field_of_the_wrong_type_makes_the_verdict_unknown() {
    let good = deployment(1, counted([1, 1, 1, 1], healthy()));
    assert_eq!(status(&good, now()).status, Status::Current);
    for (pointer, wrong, named) in [
        ("/metadata/deletionTimestamp", json!(5), "metadata.deletionTimestamp"),
        ("/metadata/generation", json!("2"), "metadata.generation"),
        ("/status/observedGeneration", json!(2.5), "status.observedGeneration"),
        ("/status/conditions", json!({}), "status.conditions"),
        ("/status/conditions", json!(["ready"]), "status.conditions"),
        ("/status/conditions/0/type", json!(1), "status.conditions"),
        ("/status/conditions/0/status", json!(true), "status.conditions"),
        ("/status/conditions/0/reason", json!([]), "status.conditions"),
        ("/status/conditions/0/message", json!({}), "status.conditions"),
        ("/status", json!("fine"), "status"),
    ] {
        let mut object = good.clone();
        object["metadata"]["deletionTimestamp"] = Value::Null;
        object["status"]["conditions"][0]["message"] = json!("");
        *object.pointer_mut(pointer).unwrap() = wrong;
        let verdict = status(&object, now());
        let wanted = Verdict::new(Status::Unknown, "Unreadable", format!("{named} cannot be read"));
        assert_eq!(verdict, wanted, "{pointer}");
    }
}

#[test]
fn what_is_null_is_absent() {
    let mut object = deployment(1, counted([1, 1, 1, 1], healthy()));
    object["metadata"]["deletionTimestamp"] = Value::Null;
    object["metadata"]["generation"] = Value::Null;
    object["status"]["conditions"][0]["reason"] = Value::Null;
    assert_eq!(status(&object, now()).status, Status::Current);
    object["status"] = Value::Null;
    assert_eq!(status(&object, now()).reason, "LessReplicas");
}
