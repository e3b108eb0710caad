import type { Api } from '../api.ts';

interface FindCoordinatorRequest {
  /** A consumer group or a transactional id. */
  readonly key: string;
  readonly type: 'group' | 'transaction';
}

interface FindCoordinatorResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly node: number;
  readonly host: string;
  readonly port: number;
}

export const findCoordinator: Api<FindCoordinatorRequest, FindCoordinatorResponse> = {
  name: 'FindCoordinator',
  key: 10,
  minVersion: 1,
  maxVersion: 4,
  flexibleFrom: 3,
  encode(to, request, version) {
    const type = request.type === 'group' ? 0 : 1;
    if (version < 4) to.string(request.key);
    to.int8(type);
    if (version >= 4) to.array([request.key], (key) => to.string(key));
    to.tags();
  },
  decode(from, version) {
    from.int32();
    if (version < 4) {
      const errorCode = from.int16();
      const errorMessage = from.nullableString();
      return { errorCode, errorMessage, node: from.int32(), host: from.string(), port: from.int32() };
    }
    const found = from.array(() => {
      from.string();
      const place = { node: from.int32(), host: from.string(), port: from.int32() };
      const answer = { ...place, errorCode: from.int16(), errorMessage: from.nullableString() };
      from.tags();
      return answer;
    });
    return found[0] ?? { errorCode: 15, errorMessage: null, node: -1, host: '', port: -1 };
  },
};
