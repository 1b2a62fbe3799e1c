// What an astromesh-node understands, for warnings alone: a word that is missing here is kept.

interface Level {
  path: readonly string[];
  keys: ReadonlySet<string>;
}

/** Known keys of the levels whose keys are not names that people choose. */
export const KNOWN_KEYS: readonly Level[] = [
  { path: [], keys: new Set(['apiVersion', 'kind', 'metadata', 'spec']) },
  {
    path: ['metadata'],
    keys: new Set(['name', 'version', 'namespace', 'labels', 'annotations', 'description', 'tags']),
  },
  {
    path: ['spec'],
    keys: new Set([
      'chain',
      'context',
      'extra',
      'guardrails',
      'identity',
      'knowledge',
      'memory',
      'model',
      'orchestration',
      'output_schema',
      'permissions',
      'prefetch',
      'program',
      'prompts',
      'rag',
      'roles',
      'routing',
      'skills',
      'tools',
    ]),
  },
];

export const KNOWN_PROVIDERS: ReadonlySet<string> = new Set([
  'anthropic',
  'centinela',
  'echo',
  'hf',
  'hf_tgi',
  'huggingface',
  'litellm',
  'llamacpp',
  'ollama',
  'onnx',
  'openai',
  'openai_compat',
  'vllm',
]);

export const KNOWN_PATTERNS: ReadonlySet<string> = new Set([
  'glyph',
  'parallel_fan_out',
  'pipeline',
  'plan_and_execute',
  'react',
  'supervisor',
  'swarm',
]);

export const KNOWN_TOOL_TYPES: ReadonlySet<string> = new Set([
  'a2a',
  'agent',
  'api',
  'builtin',
  'client',
  'integration',
  'internal',
  'mcp',
  'mcp_http',
  'mcp_sse',
  'mcp_stdio',
  'rag',
  'webhook',
]);
