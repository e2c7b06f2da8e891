/**
 * An operator of NATS with an account and one user in it, as `nsc` makes them: the texts for the configuration of a server, and the file with the
 * credentials of the user.
 */
import { createAccount, createOperator, createUser, type KeyPair } from "@nats-io/nkeys";

export interface NatsAccounts {
  /** What stands behind `operator:` and `resolver_preload:`. */
  readonly operator: string;
  readonly accounts: string;
  readonly creds: string;
}

/** @param rights of the user: `{ pub: { allow: […] }, sub: { allow: […] } }` */
export function natsAccounts(rights: object): NatsAccounts {
  const [operator, account, user] = [createOperator(), createAccount(), createUser()];
  const ofOperator = token(operator, operator, "operator", {});
  const ofAccount = token(account, operator, "account", { limits: unlimited });
  const ofUser = token(user, account, "user", { ...rights, subs: -1, data: -1, payload: -1 });
  const seed = Buffer.from(user.getSeed()).toString();
  return {
    operator: ofOperator,
    accounts: `{ ${account.getPublicKey()}: ${ofAccount} }`,
    creds: [
      ...["-----BEGIN NATS USER JWT-----", ofUser, "------END NATS USER JWT------", ""],
      ...["-----BEGIN USER NKEY SEED-----", seed, "------END USER NKEY SEED------", ""],
    ].join("\n"),
  };
}

const unlimited = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
};

/** A JWT as NATS has them: signed by a key of Ed25519, whose public half is the issuer. */
function token(of: KeyPair, issuer: KeyPair, type: string, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = [
    { typ: "JWT", alg: "ed25519-nkey" },
    {
      jti: of.getPublicKey(),
      iat: 1_700_000_000,
      iss: issuer.getPublicKey(),
      sub: of.getPublicKey(),
      name: type,
      nats: { ...claims, type, version: 2 },
    },
  ].map(part);
  const signed = body.join(".");
  return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString("base64url")}`;
}
