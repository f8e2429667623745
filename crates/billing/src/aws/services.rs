//! What a service of AWS is for, in the categories of FOCUS.

use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The service category of a product code; `Other` when it is not among the well-known ones.
pub(super) fn category(product_code: &str) -> &'static str {
    CATEGORIES.get(product_code).copied().unwrap_or("Other")
}

static CATEGORIES: LazyLock<HashMap<&str, &str, RandomState>> = LazyLock::new(|| {
    let pairs = SERVICES.iter().flat_map(|(category, codes)| {
        codes.split_ascii_whitespace().map(move |code| (code, *category))
    });
    pairs.collect()
});

/// Product codes by category, as bills write them.
const SERVICES: &[(&str, &str)] = &[
    (
        "Compute",
        "AmazonEC2 AWSLambda AmazonECS AmazonEKS AmazonECR AmazonECRPublic AmazonLightsail AWSBatch \
         AWSElasticBeanstalk AWSAppRunner ComputeSavingsPlans AmazonEC2AutoScaling AWSOutposts",
    ),
    (
        "Storage",
        "AmazonS3 AmazonS3GlacierDeepArchive AmazonGlacier AmazonEFS AmazonFSx AWSBackup \
         AWSStorageGateway AWSDataSync",
    ),
    (
        "Databases",
        "AmazonRDS AmazonDynamoDB AmazonElastiCache AmazonMemoryDB AmazonDAX AmazonNeptune \
         AmazonDocDB AmazonMCS AmazonTimestream AmazonSimpleDB AWSDatabaseMigrationSvc",
    ),
    (
        "Networking",
        "AmazonVPC AWSELB AmazonCloudFront AmazonRoute53 AWSDataTransfer AWSDirectConnect \
         AWSGlobalAccelerator AmazonApiGateway AWSTransitGateway AWSNetworkFirewall AWSCloudMap \
         AWSAppMesh",
    ),
    (
        "Analytics",
        "AmazonAthena AmazonRedshift AmazonKinesis AmazonKinesisFirehose AmazonKinesisAnalytics \
         AWSGlue AmazonMSK AmazonES AWSLakeFormation AmazonQuickSight datapipeline \
         ElasticMapReduce elasticmapreduce",
    ),
    (
        "AI and Machine Learning",
        "AmazonSageMaker AmazonBedrock AmazonBedrockService AmazonRekognition AmazonComprehend \
         AmazonTextract AmazonPolly AmazonLex AmazonQ AmazonTranslate transcribe AmazonKendra \
         MachineLearningSavingsPlans",
    ),
    (
        "Integration",
        "AmazonSNS AWSQueueService AmazonMQ AWSEvents AmazonStates AmazonSWF AWSAppSync",
    ),
    (
        "Management and Governance",
        "AmazonCloudWatch AWSCloudTrail AWSConfig AWSBudgets AWSCostExplorer AWSSystemsManager \
         AWSServiceCatalog AWSXRay AmazonPrometheus AmazonGrafana AWSCloudFormation AWSControlTower",
    ),
    (
        "Security",
        "AmazonGuardDuty awskms AWSSecretsManager awswaf AWSShield AmazonInspector \
         AmazonInspectorV2 AWSSecurityHub AmazonMacie AWSCertificateManager CloudHSM \
         AmazonDetective AWSFMS",
    ),
    ("Identity", "AmazonCognito AWSDirectoryService AWSIAMAccessAnalyzer"),
    (
        "Developer Tools",
        "CodeBuild AWSCodePipeline AWSCodeCommit AWSCodeArtifact AWSCodeDeploy AWSCloud9 \
         AWSDeviceFarm AWSAmplify",
    ),
    ("End User Computing", "AmazonWorkSpaces AmazonAppStream AmazonWorkDocs AmazonWorkMail"),
    ("Business Applications", "AmazonSES AmazonPinpoint AmazonConnect AmazonChime"),
    (
        "Media",
        "AWSElementalMediaConvert AWSElementalMediaLive AWSElementalMediaStore \
         AWSElementalMediaPackage AmazonIVS AmazonKinesisVideo",
    ),
    ("Internet of Things", "AWSIoT AWSIoTAnalytics AWSGreengrass IoTDeviceManagement"),
    ("Migration", "AWSTransfer AWSApplicationMigrationSvc AWSMigrationHubRefactorSpaces"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_services_have_a_category_and_all_categories_are_those_of_focus() {
        assert_eq!(category("AmazonEC2"), "Compute");
        assert_eq!(category("AWSQueueService"), "Integration");
        assert_eq!(category("SomethingNew"), "Other");
        let known = [
            "AI and Machine Learning",
            "Analytics",
            "Business Applications",
            "Compute",
            "Databases",
            "Developer Tools",
            "End User Computing",
            "Identity",
            "Integration",
            "Internet of Things",
            "Management and Governance",
            "Media",
            "Migration",
            "Mobile",
            "Multicloud",
            "Networking",
            "Other",
            "Security",
            "Storage",
            "Web",
        ];
        for (category, codes) in SERVICES {
            assert!(known.contains(category), "{category}");
            assert!(codes.split_ascii_whitespace().all(|code| !code.is_empty()));
        }
    }
}
