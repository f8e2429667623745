//! Databases, storage, queues and everything else that is run for its customers.
use super::Cadence::{Daily, Hourly};
use super::Shape::{Always, Diurnal, Growing, Office, Steady};
use super::{Commitment, IdForm, Product, product};

pub const PRODUCTS: [Product; 30] = [
    product(
        [
            "rds.r6g.xlarge",
            "AmazonRDS",
            "Amazon Relational Database Service",
            "Databases",
            "Database Instance",
            "InstanceUsage:db.r6g.xlarge",
            "CreateDBInstance:0014",
            "Hrs",
        ],
        5700000000,
    )
    .used(12, Hourly, Always, 1.0, 1.0, IdForm::Database)
    .committed(Commitment::Reservation),
    product(
        [
            "rds.t4g.medium",
            "AmazonRDS",
            "Amazon Relational Database Service",
            "Databases",
            "Database Instance",
            "InstanceUsage:db.t4g.medium",
            "CreateDBInstance:0014",
            "Hrs",
        ],
        850000000,
    )
    .used(15, Hourly, Always, 1.0, 1.0, IdForm::Database),
    product(
        [
            "rds.storage",
            "AmazonRDS",
            "Amazon Relational Database Service",
            "Databases",
            "Database Storage",
            "RDS:GP3-Storage",
            "CreateDBInstance:0014",
            "GB-Mo",
        ],
        1310000000,
    )
    .used(20, Hourly, Steady, 0.1, 1.2, IdForm::Database),
    product(
        [
            "cache.r6g.large",
            "AmazonElastiCache",
            "Amazon ElastiCache",
            "Databases",
            "Cache Instance",
            "NodeUsage:cache.r6g.large",
            "CreateCacheCluster:0002",
            "Hrs",
        ],
        2450000000,
    )
    .used(15, Hourly, Always, 1.0, 1.0, IdForm::Cache),
    product(
        [
            "s3.storage",
            "AmazonS3",
            "Amazon Simple Storage Service",
            "Storage",
            "Storage",
            "TimedStorage-ByteHrs",
            "StandardStorage",
            "GB-Mo",
        ],
        250000000,
    )
    .used(60, Daily, Growing, 0.1, 300.0, IdForm::Bucket),
    product(
        [
            "s3.put",
            "AmazonS3",
            "Amazon Simple Storage Service",
            "Storage",
            "API Request",
            "Requests-Tier1",
            "PutObject",
            "Requests",
        ],
        45000,
    )
    .used(40, Hourly, Diurnal, 50.0, 90000.0, IdForm::Bucket),
    product(
        [
            "s3.get",
            "AmazonS3",
            "Amazon Simple Storage Service",
            "Storage",
            "API Request",
            "Requests-Tier2",
            "GetObject",
            "Requests",
        ],
        3500,
    )
    .used(40, Hourly, Diurnal, 100.0, 900000.0, IdForm::Bucket),
    product(
        [
            "dynamodb.read",
            "AmazonDynamoDB",
            "Amazon DynamoDB",
            "Databases",
            "Amazon DynamoDB PayPerRequest Throughput",
            "ReadRequestUnits",
            "PayPerRequestThroughput",
            "ReadRequestUnits",
        ],
        2710,
    )
    .used(20, Hourly, Diurnal, 1000.0, 9000000.0, IdForm::Table),
    product(
        [
            "dynamodb.write",
            "AmazonDynamoDB",
            "Amazon DynamoDB",
            "Databases",
            "Amazon DynamoDB PayPerRequest Throughput",
            "WriteRequestUnits",
            "PayPerRequestThroughput",
            "WriteRequestUnits",
        ],
        13556,
    )
    .used(20, Hourly, Diurnal, 500.0, 1500000.0, IdForm::Table),
    product(
        [
            "sqs.requests",
            "AWSQueueService",
            "Amazon Simple Queue Service",
            "Integration",
            "API Request",
            "Requests-Tier1",
            "SendMessage",
            "Requests",
        ],
        4000,
    )
    .used(25, Hourly, Diurnal, 200.0, 800000.0, IdForm::Queue),
    product(
        [
            "sns.requests",
            "AmazonSNS",
            "Amazon Simple Notification Service",
            "Integration",
            "API Request",
            "Requests-Tier1",
            "Publish",
            "Requests",
        ],
        5000,
    )
    .used(10, Hourly, Diurnal, 100.0, 200000.0, IdForm::Topic),
    product(
        [
            "kinesis.shards",
            "AmazonKinesis",
            "Amazon Kinesis",
            "Analytics",
            "Kinesis Streams",
            "Storage-ShardHour",
            "shardHourStorage",
            "ShardHour",
        ],
        185000000,
    )
    .used(12, Hourly, Steady, 1.0, 24.0, IdForm::Stream),
    product(
        [
            "msk.broker",
            "AmazonMSK",
            "Amazon Managed Streaming for Apache Kafka",
            "Analytics",
            "Managed Streaming for Apache Kafka (MSK)",
            "Kafka.m5.large",
            "RunBroker",
            "Hrs",
        ],
        2646000000,
    )
    .used(6, Hourly, Always, 1.0, 1.0, IdForm::Kafka),
    product(
        [
            "cloudfront.out",
            "AmazonCloudFront",
            "Amazon CloudFront",
            "Networking",
            "Data Transfer",
            "KR-DataTransfer-Out-Bytes",
            "GET",
            "GB",
        ],
        1200000000,
    )
    .used(10, Hourly, Diurnal, 0.5, 90.0, IdForm::Distribution),
    product(
        [
            "route53.queries",
            "AmazonRoute53",
            "Amazon Route 53",
            "Networking",
            "DNS Query",
            "DNS-Queries",
            "A",
            "Queries",
        ],
        4000,
    )
    .used(10, Hourly, Diurnal, 1000.0, 900000.0, IdForm::Zone),
    product(
        [
            "cloudwatch.logs",
            "AmazonCloudWatch",
            "AmazonCloudWatch",
            "Management and Governance",
            "Data Payload",
            "DataProcessing-Bytes",
            "PutLogEvents",
            "GB",
        ],
        7600000000,
    )
    .used(45, Hourly, Diurnal, 0.002, 1.5, IdForm::LogGroup),
    product(
        [
            "cloudwatch.metrics",
            "AmazonCloudWatch",
            "AmazonCloudWatch",
            "Management and Governance",
            "Metric",
            "CW:MetricMonitorUsage",
            "MetricStorage:AWS/EC2",
            "Metrics",
        ],
        3000000000,
    )
    .used(16, Hourly, Steady, 0.01, 0.6, IdForm::Absent),
    product(
        [
            "kms.requests",
            "awskms",
            "AWS Key Management Service",
            "Security",
            "Encryption Key",
            "KMS-Requests",
            "Decrypt",
            "Requests",
        ],
        30000,
    )
    .used(16, Hourly, Diurnal, 100.0, 90000.0, IdForm::Key),
    product(
        [
            "secrets",
            "AWSSecretsManager",
            "AWS Secrets Manager",
            "Security",
            "Secret",
            "AWSSecretsManager-Secrets",
            "",
            "Secrets",
        ],
        4000000000,
    )
    .used(10, Daily, Steady, 0.03, 0.9, IdForm::Absent),
    product(
        [
            "waf.requests",
            "awswaf",
            "AWS WAF",
            "Security",
            "Web Application Firewall",
            "RequestV2-Tier1",
            "",
            "Requests",
        ],
        6000,
    )
    .used(6, Hourly, Diurnal, 10000.0, 900000.0, IdForm::Acl),
    product(
        [
            "opensearch",
            "AmazonES",
            "Amazon OpenSearch Service",
            "Databases",
            "Amazon OpenSearch Service Instance",
            "ESInstance:r6g.large.search",
            "ESDomain",
            "Hrs",
        ],
        2000000000,
    )
    .used(6, Hourly, Always, 1.0, 1.0, IdForm::Search),
    product(
        [
            "redshift",
            "AmazonRedshift",
            "Amazon Redshift",
            "Analytics",
            "Compute Instance",
            "Node:ra3.xlplus",
            "RunComputeNode:0001",
            "Hrs",
        ],
        12790000000,
    )
    .used(3, Hourly, Always, 1.0, 1.0, IdForm::Warehouse),
    product(
        [
            "glue",
            "AWSGlue",
            "AWS Glue",
            "Analytics",
            "AWS Glue",
            "ETL-DPU-Hour",
            "Jobrun",
            "DPU-Hour",
        ],
        4400000000,
    )
    .used(5, Hourly, Office, 1.0, 10.0, IdForm::Job),
    product(
        [
            "athena",
            "AmazonAthena",
            "Amazon Athena",
            "Analytics",
            "Athena Queries",
            "DataScannedInTB",
            "ExecuteQuery",
            "Terabytes",
        ],
        50000000000,
    )
    .used(4, Hourly, Office, 0.001, 0.08, IdForm::Workgroup),
    product(
        [
            "bedrock.input",
            "AmazonBedrock",
            "Amazon Bedrock",
            "AI and Machine Learning",
            "Amazon Bedrock",
            "input-tokens",
            "InvokeModelInference",
            "1K tokens",
        ],
        30000000,
    )
    .used(5, Hourly, Diurnal, 10.0, 9000.0, IdForm::Absent),
    product(
        [
            "guardduty",
            "AmazonGuardDuty",
            "Amazon GuardDuty",
            "Security",
            "GuardDuty",
            "PaidEventsAnalyzed",
            "",
            "Events",
        ],
        46000,
    )
    .used(16, Daily, Steady, 10000.0, 900000.0, IdForm::Absent),
    product(
        [
            "config",
            "AWSConfig",
            "AWS Config",
            "Management and Governance",
            "Management Tools - AWS Config",
            "ConfigurationItemRecorded",
            "",
            "ConfigurationItemRecorded",
        ],
        30000000,
    )
    .used(16, Daily, Steady, 10.0, 900.0, IdForm::Absent),
    product(
        [
            "efs",
            "AmazonEFS",
            "Amazon Elastic File System",
            "Storage",
            "Storage",
            "TimedStorage-ByteHrs",
            "",
            "GB-Mo",
        ],
        3300000000,
    )
    .used(8, Hourly, Growing, 0.01, 0.6, IdForm::FileSystem),
    product(
        [
            "api.requests",
            "AmazonApiGateway",
            "Amazon API Gateway",
            "Integration",
            "API Calls",
            "ApiGatewayHttpRequest",
            "ApiGatewayHttpApi",
            "Requests",
        ],
        12000,
    )
    .used(12, Hourly, Diurnal, 1000.0, 300000.0, IdForm::Api),
    product(
        [
            "states",
            "AmazonStates",
            "AWS Step Functions",
            "Integration",
            "AWS Step Functions",
            "StateTransition",
            "",
            "StateTransitions",
        ],
        271000,
    )
    .used(8, Hourly, Diurnal, 100.0, 20000.0, IdForm::Machine),
];
