use expensify_client::{Categories, Job, PolicyId, PolicyQuery, TagLevelDefinition, Tax};

fn reply<J: Job>(_: &J) -> J::Reply {
    unreachable!()
}

fn main() {
    let policy = PolicyId::new("A").unwrap();
    let two = reply(&PolicyQuery::new([policy.clone()], (Categories, Tax)));
    let _ = &two[&policy].2; //~ E0609
    let one = reply(&PolicyQuery::new([policy.clone()], Categories));
    let _: &Vec<TagLevelDefinition> = &one[&policy]; //~ E0308
    let _ = PolicyQuery::new([policy], ()); //~ E0277
}
