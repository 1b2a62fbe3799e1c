/** What a pod's container finds: its environment and its volumes, from the API server. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ApiClient } from '../api-client.js';
import type { KubeObject } from '../kube-objects.types.js';
import { fieldOf } from './pod-spec.rules.js';
import type { EnvFrom, EnvVar, KeyRef, Pod, ProjectedSource, Volume } from './pod.types.js';

type Files = Record<string, Buffer>;
interface Holder extends KubeObject {
  data?: Record<string, string>;
}

/** Something that the pod names is not there yet. */
export class NotThere extends Error {
  override readonly name = 'NotThere';
}

/** Reads what a pod names, as a kubelet would. */
export class PodContents {
  private readonly core: string;

  constructor(
    private readonly api: ApiClient,
    private readonly pod: Pod,
    private readonly addresses: { pod: string; host: string },
  ) {
    this.core = `/api/v1/namespaces/${pod.metadata.namespace}`;
  }

  /**
   * The environment that the container asks for: later entries win, `env` over `envFrom`, and
   * `$(NAME)` stands for an earlier one.
   *
   * @throws NotThere when a Secret or ConfigMap that is not optional, or a key of it, is missing
   */
  async environment(): Promise<Record<string, string>> {
    const [container] = this.pod.spec.containers;
    const environment: Record<string, string> = {};
    for (const source of container?.envFrom ?? []) {
      for (const [key, value] of Object.entries(await this.filesFrom(source))) {
        environment[(source.prefix ?? '') + key] = value.toString();
      }
    }
    for (const variable of container?.env ?? []) {
      const value = await this.valueOf(variable);
      if (value === undefined) continue;
      environment[variable.name] = value.replaceAll(
        /\$\(([A-Za-z0-9_.-]+)\)/g,
        (whole, name: string) => environment[name] ?? whole,
      );
    }
    return environment;
  }

  /**
   * Fills a volume's folder.
   *
   * @throws NotThere when something in it that is not optional is missing
   */
  async fill(volume: Volume, folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    for (const [name, data] of Object.entries(await this.filesOf(volume))) {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, data);
    }
  }

  private async filesFrom({ secretRef, configMapRef }: EnvFrom): Promise<Files> {
    if (secretRef) return this.secret(secretRef.name, secretRef.optional);
    return configMapRef ? this.configMap(configMapRef.name, configMapRef.optional) : {};
  }

  private async filesOf({ secret, configMap, projected }: Volume): Promise<Files> {
    if (secret) {
      return chosen(await this.secret(secret.secretName, secret.optional), secret.items);
    }
    if (configMap) {
      return chosen(await this.configMap(configMap.name, configMap.optional), configMap.items);
    }
    const sources = await Promise.all((projected?.sources ?? []).map((one) => this.source(one)));
    return Object.assign({}, ...sources) as Files;
  }

  private async source({
    serviceAccountToken,
    configMap,
    secret,
    downwardAPI,
  }: ProjectedSource): Promise<Files> {
    if (serviceAccountToken) {
      const { path: name, expirationSeconds, audience } = serviceAccountToken;
      return { [name]: Buffer.from(await this.token(expirationSeconds, audience)) };
    }
    if (configMap) return this.filesOf({ name: '', configMap });
    if (secret) return this.filesOf({ name: '', secret: { ...secret, secretName: secret.name } });
    const items = downwardAPI?.items ?? [];
    return Object.fromEntries(
      items.map((item) => [item.path, Buffer.from(this.field(item.fieldRef?.fieldPath ?? ''))]),
    );
  }

  private async valueOf({ value, valueFrom }: EnvVar): Promise<string | undefined> {
    if (valueFrom?.fieldRef) return this.field(valueFrom.fieldRef.fieldPath);
    const { secretKeyRef, configMapKeyRef } = valueFrom ?? {};
    if (secretKeyRef) {
      return keyOf(await this.secret(secretKeyRef.name, secretKeyRef.optional), secretKeyRef);
    }
    if (configMapKeyRef) {
      const files = await this.configMap(configMapKeyRef.name, configMapKeyRef.optional);
      return keyOf(files, configMapKeyRef);
    }
    return value ?? '';
  }

  private field(name: string): string {
    return fieldOf(this.pod, name, this.addresses);
  }

  private async secret(name: string, optional = false): Promise<Files> {
    const found = await this.holder('secrets', name, optional);
    return mapValues(found, (text) => Buffer.from(text, 'base64'));
  }

  private async configMap(name: string, optional = false): Promise<Files> {
    return mapValues(await this.holder('configmaps', name, optional), (text) => Buffer.from(text));
  }

  private async holder(
    resource: string,
    name: string,
    optional: boolean,
  ): Promise<Record<string, string>> {
    const found = await this.api.find<Holder>(`${this.core}/${resource}/${name}`);
    if (found === undefined && !optional) throw new NotThere(`${resource} "${name}" not found`);
    return found?.data ?? {};
  }

  private async token(expirationSeconds = 3607, audience?: string): Promise<string> {
    const { metadata, spec } = this.pod;
    const path = `${this.core}/serviceaccounts/${spec.serviceAccountName ?? 'default'}/token`;
    const { name, uid } = metadata;
    const { status } = await this.api.send<{ status: { token: string } }>('POST', path, {
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          expirationSeconds,
          ...(audience !== undefined && { audiences: [audience] }),
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    });
    return status.token;
  }
}

function keyOf(files: Files, { name, key, optional = false }: KeyRef): string | undefined {
  const value = files[key]?.toString();
  if (value === undefined && !optional) throw new NotThere(`couldn't find key ${key} in ${name}`);
  return value;
}

function chosen(files: Files, items: { key: string; path: string }[] | undefined): Files {
  if (items === undefined) return files;
  return Object.fromEntries(items.map(({ key, path: name }) => [name, files[key] ?? Buffer.of()]));
}

function mapValues(
  values: Record<string, string>,
  convert: (text: string) => Buffer,
): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(values).map(([key, text]) => [key, convert(text)]));
}
