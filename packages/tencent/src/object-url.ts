/** Regions of before 2017, whose hosts lack the `.cos`. */
const LEGACY_REGIONS = new Set(['cn-south', 'cn-south-2', 'cn-north', 'cn-east', 'cn-southwest', 'sg']);

export interface ObjectAddress {
  /** `name-appid`. */
  readonly bucket: string;
  readonly region: string;
  readonly key: string;
}

export const bucketHost = ({ bucket, region }: Omit<ObjectAddress, 'key'>): string =>
  `${bucket}${LEGACY_REGIONS.has(region) ? '' : '.cos'}.${region}.myqcloud.com`;

/** The object's URL, every segment of the key percent-encoded, as COS reads it. */
export const objectUrl = (address: ObjectAddress): string =>
  `https://${bucketHost(address)}/${address.key.split('/').map(encodeSegment).join('/')}`;

/** `encodeURIComponent` leaves `!'()*`, which some readers of URLs take for the end of one. */
const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replace(/[!'()*]/g, (character) => `%${hex(character)}`);

const hex = (character: string): string => character.charCodeAt(0).toString(16).toUpperCase();
