import { EngineError } from '../../../errors.ts';
import type { Random } from '../../../platform/platform.ts';
import type { BrokerConnection } from './broker-connection.ts';
import { NO_ERROR, kafkaError, kafkaErrorName } from './error-codes.ts';
import { saslAuthenticate } from './requests/sasl-authenticate.ts';
import { saslHandshake } from './requests/sasl-handshake.ts';
import { ScramClient } from './scram.ts';

export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

export interface SaslLogin {
  readonly mechanism: SaslMechanism;
  readonly user: string;
  readonly password: string;
}

/** Logs in on a connection: which mechanism, then its messages. */
export function saslAuthenticator(login: SaslLogin, random: Random): (connection: BrokerConnection) => Promise<void> {
  return async (connection) => {
    const { mechanism, user } = login;
    const attempt = `cannot log in at ${connection.address.host}:${connection.address.port} as "${user}" by ${mechanism}`;
    const handshake = await connection.request(saslHandshake, { mechanism });
    if (handshake.errorCode !== NO_ERROR) {
      const known = handshake.mechanisms.join(', ');
      throw new EngineError('authentication_failed', `${attempt}: ${kafkaErrorName(handshake.errorCode)}`, {
        hint:
          known === ''
            ? "That listener takes no login: set 'properties.security.protocol' to 'PLAINTEXT' or 'SSL'."
            : `The broker knows the mechanisms ${known} ('properties.sasl.mechanism').`,
      });
    }
    const say = async (text: string): Promise<string> => {
      const answer = await connection.request(saslAuthenticate, { bytes: Buffer.from(text, 'utf8') });
      if (answer.errorCode !== NO_ERROR) throw kafkaError(answer.errorCode, attempt, answer.errorMessage);
      return Buffer.from(answer.bytes).toString('utf8');
    };
    if (mechanism === 'PLAIN') {
      await say(`\0${user}\0${login.password}`);
      return;
    }
    const scram = new ScramClient(login, random);
    scram.verify(await say(scram.final(await say(scram.first()))), attempt);
  };
}
