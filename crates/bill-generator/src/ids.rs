//! Names of resources in the forms that AWS gives them.

use crate::chance::Chance;
use crate::company::{Region, uuid};
use crate::products::IdForm;

/// An id of a resource of some product; `name` is what people call it.
pub fn resource_id(
    form: IdForm,
    chance: Chance,
    region: Region,
    account: &str,
    name: &str,
) -> String {
    let place = region.id;
    let short = || chance.hex(17);
    let arn = |service: &str, rest: String| format!("arn:aws:{service}:{place}:{account}:{rest}");
    match form {
        IdForm::Absent => String::new(),
        IdForm::Instance => format!("i-0{}", &short()[1..]),
        IdForm::Volume => format!("vol-0{}", &short()[1..]),
        IdForm::Snapshot => arn("ec2", format!("snapshot/snap-0{}", &short()[1..])),
        IdForm::Nat => arn("ec2", format!("natgateway/nat-0{}", &short()[1..])),
        IdForm::Endpoint => arn("ec2", format!("vpc-endpoint/vpce-0{}", &short()[1..])),
        IdForm::TransitGateway => arn("ec2", format!("transit-gateway/tgw-0{}", &short()[1..])),
        IdForm::LoadBalancer => {
            arn("elasticloadbalancing", format!("loadbalancer/app/{name}/{}", chance.hex(16)))
        }
        IdForm::Database => arn("rds", format!("db:{name}")),
        IdForm::Cache => arn("elasticache", format!("cluster:{name}")),
        IdForm::Bucket => format!("{name}-{}", chance.hex(6)),
        IdForm::Function => arn("lambda", format!("function:{name}")),
        IdForm::Table => arn("dynamodb", format!("table/{name}")),
        IdForm::Queue => arn("sqs", name.to_owned()),
        IdForm::Topic => arn("sns", name.to_owned()),
        IdForm::Stream => arn("kinesis", format!("stream/{name}")),
        IdForm::Kafka => arn("kafka", format!("cluster/{name}/{}", uuid(chance))),
        IdForm::Distribution => {
            format!("arn:aws:cloudfront::{account}:distribution/E{}", chance.hex(13).to_uppercase())
        }
        IdForm::Zone => format!("arn:aws:route53:::hostedzone/Z{}", chance.hex(13).to_uppercase()),
        IdForm::LogGroup => arn("logs", format!("log-group:/aws/{name}")),
        IdForm::Task => arn("ecs", format!("task/{name}/{}", chance.hex(32))),
        IdForm::Cluster => arn("eks", format!("cluster/{name}")),
        IdForm::Repository => arn("ecr", format!("repository/{name}")),
        IdForm::Key => arn("kms", format!("key/{}", uuid(chance))),
        IdForm::Acl => arn("wafv2", format!("regional/webacl/{name}/{}", uuid(chance))),
        IdForm::Search => arn("es", format!("domain/{name}")),
        IdForm::Warehouse => arn("redshift", format!("cluster:{name}")),
        IdForm::Job => arn("glue", format!("job/{name}")),
        IdForm::Workgroup => arn("athena", format!("workgroup/{name}")),
        IdForm::FileSystem => {
            arn("elasticfilesystem", format!("file-system/fs-0{}", &short()[1..]))
        }
        IdForm::Api => format!("arn:aws:apigateway:{place}::/apis/{}", chance.hex(10)),
        IdForm::Machine => arn("states", format!("stateMachine:{name}")),
    }
}
