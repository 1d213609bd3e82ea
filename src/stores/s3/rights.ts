/** Who holds keys to the bucket: what makes archives, what applies the retention policy, what lists and restores. */
export type Role = 'writer' | 'pruner' | 'reader';
export const ROLES: readonly Role[] = ['writer', 'pruner', 'reader'];

/** What may be asked for besides archives: each needs rights of its own. `check` does with less, and says so. */
export type Feature = 'tags' | 'objectLock' | 'kms' | 'check';

/**
 * Where a right is needed: on the bucket, on every object below the prefix, on the leases and policy records alone, on the
 * manifests alone, on the KMS key.
 */
export type Scope = 'bucket' | 'objects' | 'leases' | 'manifests' | 'key';

export interface Right {
  readonly action: string;
  /** The S3 requests that a store refuses without it. */
  readonly requests: readonly string[];
  readonly why: string;
  /** Needed with this only. */
  readonly feature?: Feature;
  readonly roles: Readonly<Partial<Record<Role, readonly Scope[]>>>;
  /** The page of AWS that says so. */
  readonly source: string;
}

const API = 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_';
const MULTIPART = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions';

/** Every right that this program needs: the pages, the hints of `s3.forbidden` and the policies are made of it. */
export const RIGHTS: readonly Right[] = [
  {
    action: 's3:ListBucket',
    requests: ['HeadBucket', 'ListObjectsV2'],
    why: 'what there is; without it a missing object is a 403 and not a 404',
    roles: { writer: ['bucket'], pruner: ['bucket'], reader: ['bucket'] },
    source: `${API}ListObjectsV2.html`,
  },
  {
    action: 's3:ListBucketMultipartUploads',
    requests: ['ListMultipartUploads'],
    why: 'an upload that an earlier run began',
    roles: { writer: ['bucket'] },
    source: MULTIPART,
  },
  {
    action: 's3:GetObject',
    requests: ['GetObject', 'HeadObject'],
    why: 'manifests, leases, the proof of an archive; restoring one',
    roles: { writer: ['objects'], pruner: ['objects'], reader: ['objects'] },
    source: `${API}HeadObject.html`,
  },
  {
    action: 's3:PutObject',
    requests: ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'],
    why: 'archives, manifests, leases; a pruner puts a manifest back whose archive is locked',
    roles: { writer: ['objects'], pruner: ['leases', 'manifests'] },
    source: MULTIPART,
  },
  {
    action: 's3:ListMultipartUploadParts',
    requests: ['ListParts'],
    why: 'which parts of an upload are there, and that none is left of an aborted one',
    roles: { writer: ['objects'] },
    source: MULTIPART,
  },
  {
    action: 's3:AbortMultipartUpload',
    requests: ['AbortMultipartUpload'],
    why: 'the upload of the probe, and what no run would finish',
    roles: { writer: ['objects'] },
    source: MULTIPART,
  },
  {
    action: 's3:DeleteObject',
    requests: ['DeleteObject'],
    why: 'leases that are given back; archives that the policy does not keep',
    roles: { writer: ['leases'], pruner: ['objects'] },
    source: `${API}DeleteObject.html`,
  },
  {
    action: 's3:PutObjectTagging',
    requests: ['PutObject', 'CreateMultipartUpload'],
    why: '`s3.tags`',
    feature: 'tags',
    roles: { writer: ['objects'] },
    source: `${API}PutObject.html`,
  },
  {
    action: 's3:PutObjectRetention',
    requests: ['PutObject', 'CreateMultipartUpload'],
    why: '`s3.objectLock`',
    feature: 'objectLock',
    roles: { writer: ['objects'] },
    source: `${API}PutObjectRetention.html`,
  },
  {
    action: 's3:GetObjectRetention',
    requests: [],
    why: 'a HEAD shows until when an archive is locked; without it, it shows nothing',
    feature: 'objectLock',
    roles: { pruner: ['objects'] },
    source: `${API}HeadObject.html`,
  },
  {
    action: 's3:GetObjectLegalHold',
    requests: [],
    why: 'a HEAD shows a legal hold; without it, it shows nothing',
    feature: 'objectLock',
    roles: { pruner: ['objects'] },
    source: `${API}HeadObject.html`,
  },
  {
    action: 's3:GetBucketVersioning',
    requests: ['GetBucketVersioning'],
    why: 'whether what is deleted stays as an older version',
    feature: 'check',
    roles: { writer: ['bucket'] },
    source: `${API}GetBucketVersioning.html`,
  },
  {
    action: 's3:GetBucketObjectLockConfiguration',
    requests: ['GetObjectLockConfiguration'],
    why: 'whether Object Lock is enabled',
    feature: 'check',
    roles: { writer: ['bucket'] },
    source: `${API}GetObjectLockConfiguration.html`,
  },
  {
    action: 's3:GetLifecycleConfiguration',
    requests: ['GetBucketLifecycleConfiguration'],
    why: 'whether a lifecycle rule deletes archives',
    feature: 'check',
    roles: { writer: ['bucket'] },
    source: `${API}GetBucketLifecycleConfiguration.html`,
  },
  {
    action: 'kms:GenerateDataKey',
    requests: ['PutObject', 'CreateMultipartUpload', 'UploadPart'],
    why: '`s3.sse: aws:kms`, or a bucket that encrypts so by default',
    feature: 'kms',
    roles: { writer: ['key'], pruner: ['key'] },
    source: MULTIPART,
  },
  {
    action: 'kms:Decrypt',
    requests: ['GetObject', 'HeadObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'],
    why: 'the same: parts are decrypted to be joined, and so is whatever is read',
    feature: 'kms',
    roles: { writer: ['key'], pruner: ['key'], reader: ['key'] },
    source: MULTIPART,
  },
];

const WITH: Readonly<Record<Feature, string>> = {
  tags: 'with s3.tags',
  objectLock: 'with s3.objectLock',
  kms: 'with SSE-KMS, on the key,',
  check: 'for `check`',
};

/**
 * What to do about a request that was refused.
 * @param operation begins with the request: `UploadPart 3 of prod/…`
 */
export function rightsHint(operation: string): string {
  const [request = ''] = operation.split(' ', 1);
  const needed = RIGHTS.filter(({ requests }) => requests.includes(request));
  const plain = needed.filter(({ feature }) => feature === undefined);
  if (plain.length === 0) return `Grant the rights of docs/rights.md on this bucket and prefix.`;
  const more = (['tags', 'objectLock', 'kms'] as const).flatMap((feature) => {
    const actions = needed.filter((right) => right.feature === feature).map(({ action }) => action);
    return actions.length === 0 ? [] : [`${WITH[feature]} ${actions.join(' and ')}`];
  });
  const also = more.length === 0 ? '' : `; ${more.join('; ')}`;
  return `${request} needs ${plain.map(({ action }) => action).join(', ')} on this bucket and prefix${also}. All rights, and policies to copy: docs/rights.md.`;
}

export interface PolicyPlace {
  readonly bucket: string;
  /** As `s3.prefix`: empty, or ending in `/`. */
  readonly prefix: string;
  readonly features: ReadonlySet<Feature>;
  /** ARN of the KMS key, where it is used. */
  readonly keyArn?: string;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly {
    readonly Effect: 'Allow';
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
  }[];
}

/** An IAM policy with just the rights of a role: one statement for each set of resources. */
export function policyFor(role: Role, place: PolicyPlace): Policy {
  const statements = new Map<string, { Action: string[]; Resource: string[] }>();
  for (const { action, feature, roles } of RIGHTS) {
    const scopes = roles[role];
    if (scopes === undefined || (feature !== undefined && !place.features.has(feature))) continue;
    const statement = statements.get(scopes.join()) ?? {
      Action: [],
      Resource: scopes.map((scope) => resourceOf(scope, place)),
    };
    statement.Action.push(action);
    statements.set(scopes.join(), statement);
  }
  const Statement = [...statements.values()].map((each) => ({ Effect: 'Allow' as const, ...each }));
  return { Version: '2012-10-17', Statement };
}

function resourceOf(scope: Scope, { bucket, prefix, keyArn }: PolicyPlace): string {
  const arn = `arn:aws:s3:::${bucket}`;
  switch (scope) {
    case 'bucket':
      return arn;
    case 'objects':
      return `${arn}/${prefix}*`;
    case 'leases':
      return `${arn}/${prefix}.locks/*`;
    case 'manifests':
      return `${arn}/${prefix}*.manifest.json`;
    case 'key':
      return keyArn ?? '*';
  }
}
