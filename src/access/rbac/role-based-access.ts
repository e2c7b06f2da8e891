/**
 * RBAC as the ports of the API want it: what a user may do, all that it may do, and whether what it writes gives more rights
 * than it has. The roles that every Kubernetes has are made before the first answer that may depend on them.
 */
import type { Attributes, Authorize, Draft, RuleList, User, Verdict } from "../../resources/index.ts";
import type { Store } from "../../store/index.ts";
import type { WriteGuard } from "../guards.ts";
import { isMaster, ruleListOf, verdictOf } from "./authorizer.ts";
import { escalationGuards } from "./escalation.ts";
import { Rights } from "./rights.ts";

export interface RoleBasedAccessParts {
  readonly store: Pick<Store, "get" | "list" | "watch">;
  /** Creates an object, unless it is there. */
  readonly ensure: (draft: Draft) => Promise<void>;
}

export class RoleBasedAccess {
  readonly #rights: Rights;
  readonly #ensure: (draft: Draft) => Promise<void>;
  #preparing: Promise<void> | undefined;
  #isReady = false;

  constructor({ store, ensure }: RoleBasedAccessParts) {
    this.#rights = new Rights(store);
    this.#ensure = ensure;
  }

  /** Resolves when the roles that every cluster has are there. Done once; tried again where it failed. */
  ready(): Promise<void> {
    this.#preparing ??= this.#ensureRoles().then(
      () => {
        this.#isReady = true;
      },
      error => {
        this.#preparing = undefined;
        throw error;
      },
    );
    return this.#preparing;
  }

  async #ensureRoles(): Promise<void> {
    const { defaultRoles } = await import("../default-roles/index.ts");
    for (const role of defaultRoles()) await this.#ensure(role);
  }

  /** At once from the second time on, and for who may do everything. */
  readonly authorize = (user: User, asked: Attributes): Verdict | Promise<Verdict> => {
    const decide = () => verdictOf(this.#rights, user, asked);
    return this.#isReady || isMaster(user) ? decide() : this.ready().then(decide);
  };

  /** At once, by the roles that are there now: for expressions, which wait for nothing. */
  readonly authorizeNow = (user: User, asked: Attributes): Verdict => verdictOf(this.#rights, user, asked);

  readonly rulesOf = async (user: User, namespace: string): Promise<RuleList> => {
    await this.ready();
    return ruleListOf(this.#rights, user, namespace);
  };

  /** They refuse what would give rights that its writer does not have, unless `authorize` says that it may give any. */
  guards(authorize: Authorize): readonly WriteGuard[] {
    return escalationGuards(this.#rights, authorize);
  }
}
