/**
 * The expressions of policies and webhooks. What an object looks like is not declared to them: they are about any kind. Kept,
 * for they are asked for at every write.
 */
import { setBounded } from "../../outside/index.ts";
import { CelEnvironment, type CelExpression } from "./expression.ts";

const variables = {
  object: "dyn",
  oldObject: "dyn",
  request: "dyn",
  params: "dyn",
  namespaceObject: "dyn",
  variables: "dyn",
  authorizer: "kubernetes.authorization.Authorizer",
};

let environment: CelEnvironment | undefined;
const expressions = new Map<string, CelExpression>();
const mostKept = 10_000;

/** @param type what it must result in: `bool`, `string` */
export function admissionExpression(expression: string, type?: string): CelExpression {
  environment ??= new CelEnvironment(
    () => variables,
    (wanted, got) => `must evaluate to ${wanted} but got ${got}`,
  );
  const key = `${type ?? ""} ${expression}`;
  let found = expressions.get(key);
  if (!found) {
    found = environment.compile(expression, type);
    setBounded(expressions, key, found, mostKept);
  }
  return found;
}
