import { describe, expect, it } from 'vitest';
import { settingSchemas } from './settings.mjs';

describe('the settings that the chart takes', () => {
  const schemas = settingSchemas();

  it('are those of the server', () => {
    expect(schemas.NEXUS_REGISTRATION).toMatchObject({ enum: ['open', 'closed'] });
    expect(schemas.NEXUS_WORKERS).toMatchObject({ type: ['string', 'integer'] });
    expect(schemas.NEXUS_NODE_REQUESTS).toMatchObject({
      type: 'string',
      pattern: expect.stringMatching(/^\^/),
    });
  });

  it.each(['NEXUS_JWT_SECRET', 'DATABASE_URL', 'NEXUS_DATA_DIR', 'NEXUS_NODE_COMMAND'])(
    'are without %s, which is a secret or is decided elsewhere',
    (name) => {
      expect(schemas).not.toHaveProperty(name);
    },
  );
});
