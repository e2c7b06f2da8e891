/**
 * The kinds that are questions: may this user do that, whose token is this, who am I. An object of theirs is never kept; what
 * comes back from its creation is the object with its answer as status. The rules and texts are those of Kubernetes'
 * `pkg/apis/authorization/validation` and `pkg/registry/authorization`.
 */
import { ApiError, type Cause } from "../../errors/index.ts";
import type { Attributes, User } from "../authorization.ts";
import type { Access, OwnPart } from "../definition/index.ts";
import { invalidValue } from "../faults.ts";
import type {
  LocalSubjectAccessReview,
  NonResourceAttributes,
  ResourceAttributes,
  SelfSubjectAccessReview,
  SelfSubjectReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
  TokenReview,
  UserInfo,
} from "../generated/kubernetes.gen.ts";
import type { Draft, KubernetesObject } from "../object.ts";

type Asked = Pick<SubjectAccessReviewSpec, "resourceAttributes" | "nonResourceAttributes">;

export const subjectAccessReview: OwnPart<SubjectAccessReview> = {
  rules: { validate: ({ spec }) => [...askedFaults(spec), ...subjectFaults(spec)] },
  answer: (review, _, access) => decided(review, subjectOf(review.spec), review.spec, access),
};

export const localSubjectAccessReview: OwnPart<LocalSubjectAccessReview> = {
  rules: {
    validate: ({ metadata, spec }) => [
      ...askedFaults(spec),
      ...subjectFaults(spec),
      ...namespaceFaults(metadata.namespace, spec),
    ],
  },
  answer: (review, _, access) => decided(review, subjectOf(review.spec), review.spec, access),
};

export const selfSubjectAccessReview: OwnPart<SelfSubjectAccessReview> = {
  rules: { validate: ({ spec }) => askedFaults(spec) },
  answer: (review, user, access) => decided(review, user, review.spec, access),
};

export const selfSubjectReview: OwnPart<SelfSubjectReview> = {
  // The only one that is answered as if it had been made now, and without what the request said.
  answer: ({ apiVersion, kind }, user, _, creationTimestamp) =>
    answered({ apiVersion, kind, metadata: { creationTimestamp } }, { userInfo: userInfoOf(user) }),
};

export const selfSubjectRulesReview: OwnPart<SelfSubjectRulesReview> = {
  async answer(review, user, { rulesOf }) {
    const { namespace = "" } = review.spec;
    if (!namespace) throw new ApiError("BadRequest", "no namespace on request");
    return answered(review, (await rulesOf?.(user, namespace)) ?? unknownRules);
  },
};

const unknownRules = {
  resourceRules: [],
  nonResourceRules: [],
  incomplete: true,
  evaluationError: "what decides about rights here does not list them",
};

export const tokenReview: OwnPart<TokenReview> = {
  async answer(review, _, { authenticate }) {
    const { token = "", audiences = [] } = review.spec;
    if (!token) throw new ApiError("BadRequest", "token is required for TokenReview in authentication");
    const found = await authenticate?.(token, audiences);
    // As in Kubernetes, what is false is left out.
    if (!found) return answered(review, { user: {}, error: "invalid bearer token" });
    const meant = found.audiences?.length ? { audiences: found.audiences } : {};
    return answered(review, { authenticated: true, user: userInfoOf(found.user), ...meant });
  },
};

async function decided(
  review: Draft,
  user: User,
  asked: Asked,
  { authorize }: Access,
): Promise<KubernetesObject> {
  const { allowed, reason } = await authorize(user, attributesOf(asked));
  return answered(review, { allowed, ...(reason && { reason }) } satisfies SubjectAccessReviewStatus);
}

function answered(review: Draft, status: object): KubernetesObject {
  return { ...review, status } as KubernetesObject;
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: Asked): Attributes {
  return resourceAttributes ? ofResource(resourceAttributes) : ofPath(nonResourceAttributes ?? {});
}

function ofResource({
  verb = "",
  group = "",
  version = "",
  resource = "",
  subresource = "",
  namespace = "",
  name = "",
}: ResourceAttributes): Attributes {
  return { verb, group, version, resource, subresource, namespace, name };
}

function ofPath({ verb = "", path = "" }: NonResourceAttributes): Attributes {
  return { ...ofResource({ verb }), path };
}

function subjectOf({ user = "", groups = [], uid, extra }: SubjectAccessReviewSpec): User {
  return { name: user, groups, ...(uid && { uid }), ...(extra && { extra }) };
}

function userInfoOf({ name, groups, uid, extra }: User): UserInfo {
  return { username: name, ...(uid && { uid }), groups: [...groups], ...(extra && { extra }) };
}

function askedFaults({ resourceAttributes: resource, nonResourceAttributes: path }: Asked = {}): Cause[] {
  const one = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
  if (!resource && !path) return [invalidValue("spec.resourceAttributes", undefined, one)];
  const both = "cannot be specified in combination with resourceAttributes";
  return resource && path ? [invalidValue("spec.nonResourceAttributes", path, both)] : [];
}

function subjectFaults({ user, groups = [] }: SubjectAccessReviewSpec = {}): Cause[] {
  if (user || groups.length > 0) return [];
  return [invalidValue("spec.user", user ?? "", "at least one of user or group must be specified")];
}

function namespaceFaults(
  own: string | undefined,
  { resourceAttributes, nonResourceAttributes }: Asked = {},
): Cause[] {
  const { namespace = "" } = resourceAttributes ?? {};
  const differs = resourceAttributes && namespace !== (own ?? "");
  const forbidden = "disallowed on this kind of request";
  return [
    ...(differs
      ? [invalidValue("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace")]
      : []),
    ...(nonResourceAttributes
      ? [invalidValue("spec.nonResourceAttributes", nonResourceAttributes, forbidden)]
      : []),
  ];
}
