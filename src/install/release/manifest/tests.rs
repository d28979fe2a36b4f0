use super::*;

fn slug() -> Slug {
    "gpu-box-02".parse().unwrap()
}

#[test]
fn the_release_is_filled_in_and_in_order() {
    let objects = objects(RENDERED, &slug()).unwrap();
    let names: Vec<_> =
        objects.iter().map(|(kind, object)| (kind.name, text_at(object, "/metadata/name"))).collect();
    assert_eq!(
        names,
        [
            ("ServiceAccount", "gpu-box-02-jobs-manager"),
            ("PersistentVolumeClaim", "mysql-pvc"),
            ("PersistentVolumeClaim", "client-pvc"),
            ("Service", "jobs-manager"),
            ("Service", "mysql-client"),
            ("Service", "requests-proxy-service"),
            ("DaemonSet", "gpu-box-02-resource-monitor"),
            ("Deployment", "mysql-client"),
            ("Deployment", "gpu-box-02-jobs-manager"),
            ("Deployment", "gpu-box-02-requests-proxy"),
        ]
    );
    for (_, object) in &objects {
        assert_eq!(text_at(object, "/metadata/namespace"), "gpu-box-02");
        let text = object.to_string();
        assert!(!text.contains("goes-here") && !text.contains("CLIENT_PASSWORD\":"), "{text}");
    }
}

#[test]
fn what_is_planned_is_summed_over_the_nodes() {
    let objects: Vec<Value> =
        objects(RENDERED, &slug()).unwrap().into_iter().map(|(_, object)| object).collect();
    let planned = planned(title(&objects), &objects, 2);
    assert_eq!(
        planned,
        Planned {
            title: "demo client 0.1.0".into(),
            kinds: [
                ("Namespace", 1),
                ("ServiceAccount", 1),
                ("Secret", 1),
                ("PersistentVolumeClaim", 2),
                ("Service", 3),
                ("DaemonSet", 1),
                ("Deployment", 3),
            ]
            .map(|(kind, count)| (Text::new(kind), count))
            .to_vec(),
            milli_cpu: 250 + 250 + 100 + 2 * 50,
            memory: (512 + 256 + 128 + 2 * 64) << 20,
            storage: 3 << 30,
            images: [
                "docker.io/library/busybox:1.35",
                "docker.io/library/mariadb:11.4",
                "docker.io/library/busybox:1.36",
                "docker.io/library/nginx:1.27-alpine",
            ]
            .map(Text::new)
            .to_vec(),
        }
    );
}

#[test]
fn only_what_reads_the_credential_is_tied_to_it() {
    let mut tied = Vec::new();
    for (_, mut object) in objects(RENDERED, &slug()).unwrap() {
        tie_to_credential(&mut object, "gpu-box-02-secrets", "u-7");
        let template = object.pointer("/spec/template/metadata/annotations");
        if let Some(annotations) = template {
            tied.push((text_at(&object, "/metadata/name").to_owned(), annotations.clone()));
        }
    }
    assert_eq!(tied, [("gpu-box-02-jobs-manager".to_owned(), json!({"landfall/credential": "u-7"}))]);
}
