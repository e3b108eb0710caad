import type { Api, ApiVersionRange } from '../api.ts';

interface ApiVersionsResponse {
  readonly errorCode: number;
  readonly apis: readonly ApiVersionRange[];
}

/**
 * What a broker speaks. A broker that does not know our version of the question answers in version 0, with
 * UNSUPPORTED_VERSION; the header of the answer has no tagged fields in any version.
 */
export const apiVersions: Api<null, ApiVersionsResponse> = {
  name: 'ApiVersions',
  key: 18,
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 3,
  encode(to, _, version) {
    if (version >= 3) {
      to.string('millrace');
      to.string('1');
    }
    to.tags();
  },
  decode(from, version) {
    const errorCode = from.int16();
    from.flexible = version >= 3 && errorCode === 0;
    const apis = from.array(() => {
      const range = { key: from.int16(), min: from.int16(), max: from.int16() };
      from.tags();
      return range;
    });
    return { errorCode, apis };
  },
};
