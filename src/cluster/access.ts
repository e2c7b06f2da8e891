/**
 * Who may do what in a cluster, put together: roles (RBAC) decide about what comes over HTTP, and about workers, as the service
 * accounts of their pods. The program that runs the cluster may do everything, and so may, in a cluster that is a library
 * and serves nobody, workers of the account `default`: the first lessons need no roles.
 */
import {
  bootstrapUser,
  certificateGuards,
  guarded,
  IssuedCertificates,
  nodeAccess,
  RoleBasedAccess,
  ServiceAccountTokens,
  serviceAccountKey,
  type WriteGuard,
} from "../access/index.ts";
import type { Clock, Random } from "../outside/index.ts";
import type { Access, Attributes, Authorize, Draft, User, Verdict } from "../resources/index.ts";
import { type AuthorizeWrite, isPending, type Store } from "../store/index.ts";

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
  /** Whose a token is: of a service account, or of who wants to join. */
  readonly authenticate: ServiceAccountTokens["authenticate"];
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
  const authenticate: ClusterAccess["authenticate"] = async (token, audiences) => {
    const user = bootstrapUser(token, store, clock.now());
    return user ? { user, audiences: [...audiences] } : tokens.authenticate(token, audiences);
  };
  const ofTokens = { authenticate, issueToken: tokens.issue };
  if (authorize)
    return {
      reviews: { authorize, ...ofTokens },
      direct: apiAccess(authorize),
      overHttp: apiAccess(authorize),
      inExpressions: authorize,
      tokens,
      authenticate,
      issued,
      ready: async () => {},
    };
  const roles = new RoleBasedAccess({ store, ensure });
  const nodes = nodeAccess(store);
  /** As Kubernetes' authorizers are asked: what one of them allows is allowed. */
  const either =
    (byRoles: (user: User, asked: Attributes) => Verdict | Promise<Verdict>): Authorize =>
    (user, asked) => {
      const ofNode = nodes.verdictOf(user, asked);
      if (!ofNode || ofNode.allowed) return ofNode ?? byRoles(user, asked);
      const both = (verdict: Verdict) => (verdict.allowed || verdict.reason ? verdict : ofNode);
      const answer = byRoles(user, asked);
      return isPending(answer) ? answer.then(both) : both(answer);
    };
  const decide = either(roles.authorize);
  const isOpen = (user: User) => !isStrict() && isDefaultAccount(user);
  const unlessOpen: Authorize = (user, asked) => (isOpen(user) ? { allowed: true } : decide(user, asked));
  return {
    reviews: { authorize: decide, rulesOf: roles.rulesOf, ...ofTokens },
    direct: apiAccess(unlessOpen, roles.guards(unlessOpen)),
    overHttp: apiAccess(decide, roles.guards(decide)),
    inExpressions: (user, asked) => {
      const ofNode = nodes.verdictOf(user, asked);
      return ofNode?.allowed ? ofNode : roles.authorizeNow(user, asked);
    },
    tokens,
    authenticate,
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
