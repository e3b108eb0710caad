import type { Api } from '../api.ts';

interface SaslAuthenticateResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly bytes: Uint8Array;
  /** After so long the broker wants to be convinced again; 0 = never. */
  readonly sessionLifetimeMs: number;
}

export const saslAuthenticate: Api<{ readonly bytes: Uint8Array }, SaslAuthenticateResponse> = {
  name: 'SaslAuthenticate',
  key: 36,
  minVersion: 0,
  maxVersion: 2,
  flexibleFrom: 2,
  encode(to, request) {
    to.bytes(request.bytes);
    to.tags();
  },
  decode(from, version) {
    return {
      errorCode: from.int16(),
      errorMessage: from.nullableString(),
      bytes: from.bytes(),
      sessionLifetimeMs: version >= 1 ? from.int64() : 0,
    };
  },
};
