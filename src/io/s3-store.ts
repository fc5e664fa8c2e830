// A prefix of an S3 bucket as a store: `s3://bucket/prefix`. Credentials and region come from the environment
// (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION); without them requests are anonymous, as public
// buckets want them. AWS_ENDPOINT_URL names a compatible service, which is addressed by path. Signatures are Signature
// Version 4: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
import { AwsV4Signer } from 'aws4fetch'
import { MimicitError, show } from '../base/errors.js'
import { createRangeClient, type RangeClientOptions } from './http/range-client.js'
import { createRemoteStore, encodePath } from './http/remote-store.js'
import type { Authorise } from './http/send.js'
import { publicLocation } from './location.js'
import type { Store } from './readable.js'
import { listBucket } from './s3-list.js'

/** Opens an `s3://` location. @throws MimicitError MIMICIT_BAD_VALUE if it names no bucket */
export function openS3(location: string, options: RangeClientOptions = {}): Store {
  const shown = publicLocation(location).replace(/\/+$/, '')
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]+)(?:\/(.*))?$/i.exec(shown) ?? []
  if (bucket === undefined) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 's3://<bucket>/<prefix>',
      where: 'the data set location',
      received: show(shown),
    })
  }
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env
  const region = AWS_REGION || AWS_DEFAULT_REGION || 'us-east-1'
  const root = bucketAddress(bucket, region, AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL)
  const authorise = signerOf(region)
  const client = createRangeClient({ ...(authorise === undefined ? {} : { authorise }), ...options })
  const directory = prefix === '' ? '' : `${encodePath(prefix)}/`
  return createRemoteStore({
    location: shown,
    client,
    urlOf: (path) => new URL(`${root}/${directory}${encodePath(path)}`),
    list: () => listBucket(client, root, prefix === '' ? '' : `${prefix}/`),
  })
}

/** Where a bucket is. A name with dots has no certificate as a host name, so it goes into the path. */
function bucketAddress(bucket: string, region: string, endpoint: string | undefined): string {
  if (endpoint) return `${endpoint.replace(/\/+$/, '')}/${bucket}`
  if (bucket.includes('.')) return `https://s3.${region}.amazonaws.com/${bucket}`
  return `https://${bucket}.s3.${region}.amazonaws.com`
}

/** Signs with the credentials of the environment, if it has any. */
function signerOf(region: string): Authorise | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = process.env
  if (!accessKeyId || !secretAccessKey) return undefined
  const identity = { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}) }
  // The key of a day is derived once.
  const cache = new Map<string, ArrayBuffer>()
  return async ({ method, url }) => {
    const signer = new AwsV4Signer({ method, url: url.href, ...identity, service: 's3', region, cache })
    return Object.fromEntries((await signer.sign()).headers)
  }
}
