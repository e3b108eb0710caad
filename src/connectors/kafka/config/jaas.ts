import { EngineError } from '../../../errors.ts';
import type { SaslLogin, SaslMechanism } from '../protocol/sasl.ts';

/**
 * `org.apache….ScramLoginModule required username="alice" password="se;cret";` → who logs in. The text is a secret: no
 * message shows any of it.
 */
export function parseJaas(text: string, mechanism: SaslMechanism): SaslLogin {
  const module = /^\s*([\w.$]+)\s+(?:required|requisite|sufficient|optional)\b/i.exec(text);
  const fields = new Map<string, string>();
  const field = /([\w.]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s;]+))/g;
  for (const match of text.matchAll(field)) {
    const quoted = match[2] ?? match[3];
    fields.set(match[1] as string, quoted === undefined ? (match[4] as string) : quoted.replace(/\\(.)/g, '$1'));
  }
  const user = fields.get('username');
  const password = fields.get('password');
  const wanted = mechanism === 'PLAIN' ? 'PlainLoginModule' : 'ScramLoginModule';
  if (module === null || user === undefined || password === undefined || !(module[1] as string).endsWith(wanted)) {
    const path = `org.apache.kafka.common.security.${mechanism === 'PLAIN' ? 'plain' : 'scram'}.${wanted}`;
    throw new EngineError(
      'invalid_option',
      `option "properties.sasl.jaas.config" does not fit mechanism ${mechanism}`,
      {
        hint: `It is written as: ${path} required username="…" password="…";`,
      },
    );
  }
  return { mechanism, user, password };
}
