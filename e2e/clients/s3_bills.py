"""Puts every file below a folder into a bucket of an S3 server, under the same names."""

import sys
from pathlib import Path

import boto3

endpoint, bucket, folder = sys.argv[1:]
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
)
if bucket not in [known["Name"] for known in s3.list_buckets()["Buckets"]]:
    s3.create_bucket(Bucket=bucket)
root = Path(folder)
for path in sorted(root.rglob("*")):
    if path.is_file():
        s3.upload_file(str(path), bucket, path.relative_to(root).as_posix())
