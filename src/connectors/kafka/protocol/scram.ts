/** The client's side of SCRAM (RFC 5802) without channel binding. */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { EngineError } from '../../../errors.ts';
import type { Random } from '../../../platform/platform.ts';
import type { SaslLogin } from './sasl.ts';

const NONCE_CHARACTERS = 32;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const FEWEST_ITERATIONS = 4096;

export class ScramClient {
  readonly #login: SaslLogin;
  readonly #hash: 'sha256' | 'sha512';
  readonly #nonce: string;
  readonly #firstBare: string;
  #serverSignature: Buffer = Buffer.alloc(0);

  constructor(login: SaslLogin, random: Random) {
    this.#login = login;
    this.#hash = login.mechanism === 'SCRAM-SHA-512' ? 'sha512' : 'sha256';
    this.#nonce = Array.from(
      { length: NONCE_CHARACTERS },
      () => ALPHABET[Math.floor(random.next() * ALPHABET.length)],
    ).join('');
    this.#firstBare = `n=${login.user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${this.#nonce}`;
  }

  first(): string {
    return `n,,${this.#firstBare}`;
  }

  /** Answers the server's challenge: `r=nonce,s=salt,i=iterations`. */
  final(challenge: string): string {
    const fields = attributes(challenge);
    const nonce = fields.get('r') ?? '';
    const iterations = Number(fields.get('i'));
    // A stranger in the server's place could ask for few rounds and guess the password from the answer.
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce || !(iterations >= FEWEST_ITERATIONS)) {
      throw new EngineError('authentication_failed', 'the challenge of the broker for the login by SCRAM is not sound');
    }
    const hash = this.#hash;
    const salt = Buffer.from(fields.get('s') ?? '', 'base64');
    const keyBytes = hash === 'sha256' ? 32 : 64;
    const salted = pbkdf2Sync(this.#login.password.normalize('NFKC'), salt, iterations, keyBytes, hash);
    const mac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
    const clientKey = mac(salted, 'Client Key');
    const storedKey = createHash(hash).update(clientKey).digest();
    const withoutProof = `c=biws,r=${nonce}`;
    const message = `${this.#firstBare},${challenge},${withoutProof}`;
    const signature = mac(storedKey, message);
    const proof = Buffer.from(clientKey.map((byte, i) => byte ^ (signature[i] as number)));
    this.#serverSignature = mac(mac(salted, 'Server Key'), message);
    return `${withoutProof},p=${proof.toString('base64')}`;
  }

  /** Whether the server knows the password too. */
  verify(answer: string, attempt: string): void {
    const fields = attributes(answer);
    const signature = Buffer.from(fields.get('v') ?? '', 'base64');
    if (signature.length === this.#serverSignature.length && timingSafeEqual(signature, this.#serverSignature)) return;
    const reason = fields.get('e') ?? 'the broker does not prove that it knows the password';
    throw new EngineError('authentication_failed', `${attempt}: ${reason}`);
  }
}

function attributes(message: string): ReadonlyMap<string, string> {
  return new Map(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}
