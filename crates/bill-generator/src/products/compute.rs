//! Instances, containers and the network between them. Prices are near those of Seoul in 2026.
use super::Cadence::{Daily, Hourly};
use super::Shape::{Always, Diurnal, Growing, Never, Office, Steady};
use super::{Commitment, IdForm, Product, product};

pub const PRODUCTS: [Product; 27] = [
    product(
        [
            "ec2.m6i.large",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Compute Instance",
            "BoxUsage:m6i.large",
            "RunInstances",
            "Hrs",
        ],
        1180000000,
    )
    .used(60, Hourly, Always, 1.0, 1.0, IdForm::Instance)
    .committed(Commitment::SavingsPlan),
    product(
        [
            "ec2.m6i.xlarge",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Compute Instance",
            "BoxUsage:m6i.xlarge",
            "RunInstances",
            "Hrs",
        ],
        2360000000,
    )
    .used(50, Hourly, Always, 1.0, 1.0, IdForm::Instance)
    .committed(Commitment::SavingsPlan),
    product(
        [
            "ec2.c6i.2xlarge",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Compute Instance",
            "BoxUsage:c6i.2xlarge",
            "RunInstances",
            "Hrs",
        ],
        3840000000,
    )
    .used(30, Hourly, Office, 1.0, 1.0, IdForm::Instance)
    .committed(Commitment::SavingsPlan),
    product(
        [
            "ec2.r6g.xlarge",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Compute Instance",
            "BoxUsage:r6g.xlarge",
            "RunInstances",
            "Hrs",
        ],
        2440000000,
    )
    .used(20, Hourly, Always, 1.0, 1.0, IdForm::Instance)
    .committed(Commitment::SavingsPlan),
    product(
        [
            "ec2.t3.medium",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Compute Instance",
            "BoxUsage:t3.medium",
            "RunInstances",
            "Hrs",
        ],
        520000000,
    )
    .used(60, Hourly, Office, 1.0, 1.0, IdForm::Instance),
    product(
        [
            "ec2.m5.large",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Compute Instance",
            "BoxUsage:m5.large",
            "RunInstances",
            "Hrs",
        ],
        1180000000,
    )
    .used(20, Hourly, Always, 1.0, 1.0, IdForm::Instance)
    .committed(Commitment::Reservation),
    product(
        [
            "ec2.p3.8xlarge",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Compute Instance",
            "BoxUsage:p3.8xlarge",
            "RunInstances",
            "Hrs",
        ],
        169160000000,
    )
    .used(0, Hourly, Never, 1.0, 1.0, IdForm::Instance),
    product(
        [
            "ec2.spot.m6i.large",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Compute Instance",
            "SpotUsage:m6i.large",
            "RunInstances:SV001",
            "Hrs",
        ],
        431000000,
    )
    .used(20, Hourly, Office, 1.0, 1.0, IdForm::Instance),
    product(
        [
            "ebs.gp3",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Storage",
            "EBS:VolumeUsage.gp3",
            "CreateVolume-Gp3",
            "GB-Mo",
        ],
        912000000,
    )
    .used(140, Hourly, Steady, 0.05, 0.7, IdForm::Volume),
    product(
        [
            "ebs.snapshot",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Storage Snapshot",
            "EBS:SnapshotUsage",
            "CreateSnapshot",
            "GB-Mo",
        ],
        500000000,
    )
    .used(20, Daily, Steady, 0.3, 9.0, IdForm::Snapshot),
    product(
        [
            "nat.hours",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "NAT Gateway",
            "NatGateway-Hours",
            "NatGateway",
            "Hrs",
        ],
        590000000,
    )
    .used(12, Hourly, Always, 1.0, 1.0, IdForm::Nat),
    product(
        [
            "nat.bytes",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "NAT Gateway",
            "NatGateway-Bytes",
            "NatGateway",
            "GB",
        ],
        590000000,
    )
    .used(12, Hourly, Diurnal, 0.5, 60.0, IdForm::Nat),
    product(
        [
            "transfer.regional",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Data Transfer",
            "DataTransfer-Regional-Bytes",
            "InterZone-In",
            "GB",
        ],
        100000000,
    )
    .used(60, Hourly, Diurnal, 0.01, 20.0, IdForm::Instance),
    product(
        [
            "transfer.out",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Data Transfer",
            "DataTransfer-Out-Bytes",
            "RunInstances",
            "GB",
        ],
        1260000000,
    )
    .used(60, Hourly, Diurnal, 0.005, 4.0, IdForm::Instance),
    product(
        [
            "transfer.region",
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "Compute",
            "Data Transfer",
            "APN1-AWS-Out-Bytes",
            "RunInstances",
            "GB",
        ],
        800000000,
    )
    .used(10, Hourly, Diurnal, 0.01, 3.0, IdForm::Instance),
    product(
        [
            "endpoint.hours",
            "AmazonVPC",
            "Amazon Virtual Private Cloud",
            "Networking",
            "VpcEndpoint",
            "VpcEndpoint-Hours",
            "VpcEndpoint",
            "Hrs",
        ],
        130000000,
    )
    .used(12, Hourly, Always, 1.0, 1.0, IdForm::Endpoint),
    product(
        [
            "endpoint.bytes",
            "AmazonVPC",
            "Amazon Virtual Private Cloud",
            "Networking",
            "VpcEndpoint",
            "VpcEndpoint-Bytes",
            "VpcEndpoint",
            "GB",
        ],
        100000000,
    )
    .used(12, Hourly, Diurnal, 0.05, 30.0, IdForm::Endpoint),
    product(
        [
            "transit.hours",
            "AmazonVPC",
            "Amazon Virtual Private Cloud",
            "Networking",
            "Transit Gateway",
            "TransitGateway-Hours",
            "TransitGatewayVPC",
            "Hrs",
        ],
        700000000,
    )
    .used(5, Hourly, Always, 1.0, 1.0, IdForm::TransitGateway),
    product(
        [
            "transit.bytes",
            "AmazonVPC",
            "Amazon Virtual Private Cloud",
            "Networking",
            "Transit Gateway",
            "TransitGateway-Bytes",
            "TransitGatewayVPC",
            "GB",
        ],
        200000000,
    )
    .used(5, Hourly, Diurnal, 0.1, 20.0, IdForm::TransitGateway),
    product(
        [
            "elb.hours",
            "AWSELB",
            "Elastic Load Balancing",
            "Networking",
            "Load Balancer-Application",
            "LoadBalancerUsage",
            "LoadBalancing:Application",
            "Hrs",
        ],
        225000000,
    )
    .used(25, Hourly, Always, 1.0, 1.0, IdForm::LoadBalancer),
    product(
        [
            "elb.lcu",
            "AWSELB",
            "Elastic Load Balancing",
            "Networking",
            "Load Balancer-Application",
            "LCUUsage",
            "LoadBalancing:Application",
            "LCU-Hrs",
        ],
        80000000,
    )
    .used(25, Hourly, Diurnal, 0.1, 12.0, IdForm::LoadBalancer),
    product(
        [
            "lambda.duration",
            "AWSLambda",
            "AWS Lambda",
            "Compute",
            "Serverless",
            "Lambda-GB-Second",
            "Invoke",
            "Lambda-GB-Second",
        ],
        166667,
    )
    .used(45, Hourly, Diurnal, 20.0, 40000.0, IdForm::Function)
    .committed(Commitment::SavingsPlan),
    product(
        [
            "lambda.requests",
            "AWSLambda",
            "AWS Lambda",
            "Compute",
            "Serverless",
            "Request",
            "Invoke",
            "Requests",
        ],
        2000,
    )
    .used(45, Hourly, Diurnal, 100.0, 400000.0, IdForm::Function),
    product(
        [
            "fargate.vcpu",
            "AmazonECS",
            "Amazon Elastic Container Service",
            "Compute",
            "Compute",
            "Fargate-vCPU-Hours:perCPU",
            "FargateTask",
            "hours",
        ],
        465600000,
    )
    .used(30, Hourly, Diurnal, 0.25, 4.0, IdForm::Task)
    .committed(Commitment::SavingsPlan),
    product(
        [
            "fargate.memory",
            "AmazonECS",
            "Amazon Elastic Container Service",
            "Compute",
            "Compute",
            "Fargate-GB-Hours",
            "FargateTask",
            "hours",
        ],
        51100000,
    )
    .used(30, Hourly, Diurnal, 0.5, 8.0, IdForm::Task)
    .committed(Commitment::SavingsPlan),
    product(
        [
            "eks.cluster",
            "AmazonEKS",
            "Amazon Elastic Container Service for Kubernetes",
            "Compute",
            "Compute",
            "AmazonEKS-Hours:perCluster",
            "CreateOperation",
            "Hours",
        ],
        1000000000,
    )
    .used(3, Hourly, Always, 1.0, 1.0, IdForm::Cluster),
    product(
        [
            "ecr.storage",
            "AmazonECR",
            "Amazon EC2 Container Registry (ECR)",
            "Compute",
            "EC2 Container Registry",
            "TimedStorage-ByteHrs",
            "",
            "GB-Mo",
        ],
        1000000000,
    )
    .used(8, Daily, Growing, 0.1, 9.0, IdForm::Repository),
];
