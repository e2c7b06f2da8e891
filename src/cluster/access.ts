/**
 * Who may do what in a cluster, put together: roles (RBAC) decide about what comes over HTTP, and about workers, as the service
 * accounts of their pods. The program that runs the cluster may do everything, and so may, in a cluster that is a library
 * and serves nobody, workers of the account `default`: the first lessons need no roles.
 */
import {
  certificateGuards,
  guarded,
  IssuedCertificates,
  RoleBasedAccess,
  ServiceAccountTokens,
  serviceAccountKey,
  type WriteGuard,
} from "../access/index.ts";
import type { Clock, Random } from "../outside/index.ts";
import type { Access, Authorize, Draft, User } from "../resources/index.ts";
import type { AuthorizeWrite, Store } from "../store/index.ts";

/** What an Api asks before it does anything. */
interface ApiAccess {
  readonly authorize: Authorize;
  readonly authorizeWrite: AuthorizeWrite;
}

export interface ClusterAccess {
  /** What reviews and requests for tokens are answered with. */
  readonly reviews: Access;
  /** For the program that runs the cluster, and for workers. */
  readonly direct: ApiAccess;
  /** For what comes over HTTP. */
  readonly overHttp: ApiAccess;
  /** For expressions of policies, which wait for nothing. */
  readonly inExpressions: Authorize;
  readonly tokens: ServiceAccountTokens;
  /** The certificates by which clients of this cluster are known. */
  readonly issued: IssuedCertificates;
  /** Resolves when the roles that every Kubernetes has are there. */
  ready(): Promise<void>;
}

interface AccessParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Where the keys lie that tokens are signed with; undefined where they can be made again each time. */
  readonly keys: string | undefined;
  /** Whether they are of this cluster alone. */
  readonly isKept: boolean;
  /** Decides about everything in the place of roles. */
  readonly authorize?: Authorize | undefined;
  /** Whether roles decide about all workers by now. */
  readonly isStrict: () => boolean;
  /** Creates what is not there yet. */
  readonly ensure: (draft: Draft) => Promise<void>;
}

export function clusterAccess({
  store,
  clock,
  random,
  keys,
  isKept,
  authorize,
  isStrict,
  ensure,
}: AccessParts): ClusterAccess {
  const tokens = new ServiceAccountTokens({
    store,
    clock,
    random,
    key: () => serviceAccountKey(keys),
  });
  const issued = new IssuedCertificates(isKept);
  const ofTokens = { authenticate: tokens.authenticate, issueToken: tokens.issue };
  if (authorize)
    return {
      reviews: { authorize, ...ofTokens },
      direct: apiAccess(authorize),
      overHttp: apiAccess(authorize),
      inExpressions: authorize,
      tokens,
      issued,
      ready: async () => {},
    };
  const roles = new RoleBasedAccess({ store, ensure });
  const isOpen = (user: User) => !isStrict() && isDefaultAccount(user);
  const unlessOpen: Authorize = (user, asked) =>
    isOpen(user) ? { allowed: true } : roles.authorize(user, asked);
  return {
    reviews: { authorize: roles.authorize, rulesOf: roles.rulesOf, ...ofTokens },
    direct: apiAccess(unlessOpen, roles.guards(unlessOpen)),
    overHttp: apiAccess(roles.authorize, roles.guards(roles.authorize)),
    inExpressions: roles.authorizeNow,
    tokens,
    issued,
    ready: () => roles.ready(),
  };
}

/** Whatever decides about rights, a request for a certificate names its maker, and needs the right to be approved. */
function apiAccess(authorize: Authorize, guards: readonly WriteGuard[] = []): ApiAccess {
  return { authorize, authorizeWrite: guarded([...guards, ...certificateGuards(authorize)]) };
}

/** Under which a pod runs that names no account. */
function isDefaultAccount({ name }: User): boolean {
  return name.startsWith("system:serviceaccount:") && name.endsWith(":default");
}
