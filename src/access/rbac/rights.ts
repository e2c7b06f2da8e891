/**
 * Which rules a user has: those of the roles that bindings give to it or to its groups. The bindings are kept by subject, fed by
 * watches of the store from the first question on, so that an answer costs as much as the user has rules, not as many
 * bindings as there are. Roles are read when they are asked for: they are always the last ones.
 */
import type {
  ClusterRoleBinding,
  PolicyRule,
  RoleBinding,
  RoleRef,
  Subject,
  User,
} from "../../resources/index.ts";
import type { Store } from "../../store/index.ts";

export type Binding = RoleBinding | ClusterRoleBinding;

/** A rule, and why the user has it. */
export interface Right {
  readonly rule: PolicyRule;
  readonly binding: Binding;
  readonly subject: Subject;
}

/** A role that a binding names and that is not there. */
export interface MissingRole {
  readonly missing: RoleRef;
}

type Watched = Pick<Store, "get" | "list" | "watch">;

/** What one binding gives to one subject. */
interface Grant {
  readonly binding: Binding;
  readonly subject: Subject;
}

/** By namespace, "" for the whole cluster, then by subject, then by the binding's name: it gives once, however often it names a subject. */
type Grants = Map<string, Map<string, Map<string, Grant>>>;

export class Rights {
  readonly #store: Watched;
  #grants: Grants | undefined;

  constructor(store: Watched) {
    this.#store = store;
  }

  /** The rules of the user there, those for the whole cluster first. "" asks for these alone. */
  *rulesFor(user: User, namespace: string): IterableIterator<Right | MissingRole> {
    this.#grants ??= this.#read();
    const names = [userKey(user.name), ...user.groups.map(groupKey)];
    for (const place of namespace ? ["", namespace] : [""]) {
      const there = this.#grants.get(place);
      if (!there) continue;
      for (const name of names)
        for (const { binding, subject } of there.get(name)?.values() ?? []) {
          const rules = this.rulesOf(binding.roleRef, place);
          if (rules) for (const rule of rules) yield { rule, binding, subject };
          else yield { missing: binding.roleRef };
        }
    }
  }

  /** Those of the role that a binding in the namespace names; undefined where there is no such role. */
  rulesOf({ kind, name }: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    const role =
      kind === "Role" ? this.#store.get("Role", namespace, name) : this.#store.get("ClusterRole", "", name);
    return role && (role.rules ?? []);
  }

  /** Everything that is bound now, and kept up to date from now on. */
  #read(): Grants {
    const grants: Grants = new Map();
    for (const kind of ["ClusterRoleBinding", "RoleBinding"] as const) {
      for (const binding of this.#store.list(kind)) add(grants, binding);
      this.#store.watch({ kind }, ({ type, object, previous }) => {
        const before = type === "DELETED" ? object : previous;
        if (before) remove(grants, before as Binding);
        if (type !== "DELETED") add(grants, object as Binding);
      });
    }
    return grants;
  }
}

function add(grants: Grants, binding: Binding): void {
  const { namespace = "", name } = binding.metadata;
  const there = grants.get(namespace) ?? new Map<string, Map<string, Grant>>();
  grants.set(namespace, there);
  for (const subject of binding.subjects ?? []) {
    const key = subjectKey(subject, namespace);
    const own = there.get(key) ?? new Map<string, Grant>();
    there.set(key, own);
    if (!own.has(name)) own.set(name, { binding, subject });
  }
}

function remove(grants: Grants, binding: Binding): void {
  const { namespace = "", name } = binding.metadata;
  const there = grants.get(namespace);
  for (const subject of binding.subjects ?? []) {
    const key = subjectKey(subject, namespace);
    const own = there?.get(key);
    own?.delete(name);
    if (own?.size === 0) there?.delete(key);
  }
  if (there?.size === 0) grants.delete(namespace);
}

function userKey(name: string): string {
  return `user ${name}`;
}

function groupKey(name: string): string {
  return `group ${name}`;
}

/** A service account is a user, too: of its binding's namespace where it names none. */
function subjectKey({ kind, name, namespace }: Subject, place: string): string {
  if (kind === "Group") return groupKey(name);
  if (kind !== "ServiceAccount") return userKey(name);
  return userKey(`system:serviceaccount:${namespace || place}:${name}`);
}
