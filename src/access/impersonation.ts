/**
 * Asking as another user (`kubectl --as`): the headers `Impersonate-User`, `-Group`, `-Uid` and `-Extra-KEY` say as whom, and
 * the user that asks needs the right to do so, for each of them (`k8s.io/apiserver/pkg/endpoints/filters/impersonation.go`).
 */
import { ApiError } from "../errors/index.ts";
import type { Attributes } from "../resources/index.ts";
import { authenticated, serviceAccountUser, type User } from "../store/index.ts";
import { anonymous } from "./authentication.ts";

/** What is asked for in the headers of a request. */
interface Asked {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Throws, or rejects with, Forbidden for a right that the user does not have. */
export type Demand = (user: User, attributes: Attributes) => Promise<unknown> | unknown;

/**
 * The user that the headers name; the one who asks, where they name none.
 * @param headers names and values in turn, as they were sent: a header may come several times
 */
export async function impersonated(user: User, headers: readonly string[], demand: Demand): Promise<User> {
  const asked = askedIn(headers);
  if (!asked) return user;
  const { name, groups, uid, extra } = asked;
  if (!name) {
    const what = groups[0] ?? uid ?? Object.keys(extra)[0];
    throw new ApiError(
      "InternalError",
      `Internal error occurred: requested ${JSON.stringify(what)} without impersonating a user`,
    );
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  const [, namespace = "", accountName = ""] = account ?? [];
  const who = account
    ? { resource: "serviceaccounts", namespace, name: accountName }
    : { resource: "users", name };
  await demand(user, { ...impersonate, ...who });
  for (const group of groups) await demand(user, { ...impersonate, resource: "groups", name: group });
  if (uid) await demand(user, { ...impersonate, ...ofAuthentication, resource: "uids", name: uid });
  for (const [key, values] of Object.entries(extra))
    for (const value of values) {
      const what = { resource: "userextras", subresource: key, name: value };
      await demand(user, { ...impersonate, ...ofAuthentication, ...what });
    }
  return {
    name,
    groups: allGroups(name, groups, account ? serviceAccountUser(namespace, accountName).groups : []),
    ...(uid && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

const impersonate = { verb: "impersonate", group: "", version: "v1", subresource: "", namespace: "" };
const ofAuthentication = { group: "authentication.k8s.io" };

/** A service account has the groups of its kind where none are named; and everybody is known, or is not. */
function allGroups(name: string, named: readonly string[], ofAccount: readonly string[]): string[] {
  const groups = named.length > 0 ? [...named] : [...ofAccount];
  const known = [authenticated, ...anonymous.groups];
  if (groups.some(group => known.includes(group))) return groups;
  return [...groups, ...(name === anonymous.name ? anonymous.groups : [authenticated])];
}

function askedIn(headers: readonly string[]): Asked | undefined {
  let name = "";
  let uid = "";
  const groups: string[] = [];
  const extra: Record<string, string[]> = {};
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const header = headers[i]?.toLowerCase() ?? "";
    const value = headers[i + 1] ?? "";
    if (!header.startsWith("impersonate-")) continue;
    if (header === "impersonate-user") name = value;
    else if (header === "impersonate-uid") uid = value;
    else if (header === "impersonate-group") groups.push(value);
    else if (header.startsWith(extraPrefix)) {
      const key = keyIn(header.slice(extraPrefix.length));
      const values = Object.hasOwn(extra, key) ? (extra[key] ?? []) : [];
      Object.defineProperty(extra, key, { value: [...values, value], enumerable: true, configurable: true });
    }
  }
  const asks = name !== "" || uid !== "" || groups.length > 0 || Object.keys(extra).length > 0;
  return asks ? { name, uid, groups, extra } : undefined;
}

const extraPrefix = "impersonate-extra-";

/** Keys may hold what headers cannot, percent-encoded; what is no such code stays as it is. */
function keyIn(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
