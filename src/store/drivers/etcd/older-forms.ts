/**
 * What a real API server keeps in a form that is not served here any more: CustomResourceDefinitions, which it writes as v1beta1 to this day, so that
 * those before it can read them. There, what all versions have in common stands once, beside them; and some fields have other names.
 */
import { fieldsOf } from "../../../outside/index.ts";
import type { KubernetesObject } from "../../../resources/index.ts";

/** The same object in the form that is served. */
export function asServed(object: KubernetesObject): KubernetesObject {
  if (object.apiVersion !== "apiextensions.k8s.io/v1beta1" || object.kind !== "CustomResourceDefinition")
    return object;
  const { version, validation, subresources, additionalPrinterColumns, versions, conversion, ...spec } =
    fieldsOf(fieldsOf(object).spec);
  const shared = { schema: validation, subresources, additionalPrinterColumns };
  const listed = Array.isArray(versions) ? versions : [{ name: version, served: true, storage: true }];
  const converted = {
    ...spec,
    versions: listed.map(each => versionOf({ ...given(shared), ...given(fieldsOf(each)) })),
    ...(conversion !== undefined && { conversion: conversionOf(fieldsOf(conversion)) }),
  };
  return { ...object, apiVersion: "apiextensions.k8s.io/v1", spec: converted } as KubernetesObject;
}

type Fields = Readonly<Record<string, unknown>>;

function versionOf({ additionalPrinterColumns: columns, ...version }: Fields): Fields {
  if (!Array.isArray(columns)) return version;
  const renamed = columns.map(each => {
    const { JSONPath, ...column } = fieldsOf(each);
    return { ...column, jsonPath: JSONPath };
  });
  return { ...version, additionalPrinterColumns: renamed };
}

function conversionOf({ strategy, webhookClientConfig, conversionReviewVersions }: Fields): Fields {
  if (webhookClientConfig === undefined) return { strategy };
  return { strategy, webhook: given({ clientConfig: webhookClientConfig, conversionReviewVersions }) };
}

/** Without what is not said. */
function given(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
}
