import type { Api } from '../api.ts';

interface SaslHandshakeResponse {
  readonly errorCode: number;
  /** The mechanisms that the broker knows. */
  readonly mechanisms: readonly string[];
}

export const saslHandshake: Api<{ readonly mechanism: string }, SaslHandshakeResponse> = {
  name: 'SaslHandshake',
  key: 17,
  minVersion: 1,
  maxVersion: 1,
  flexibleFrom: 99,
  encode(to, request) {
    to.string(request.mechanism);
  },
  decode(from) {
    return { errorCode: from.int16(), mechanisms: from.array(() => from.string()) };
  },
};
