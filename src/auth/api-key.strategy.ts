import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { HeaderAPIKeyStrategy } from 'passport-headerapikey';
import { ApiKeysService } from './api-keys.service.js';
import type { VerifiedActor } from './verified-credentials.js';

export const API_KEY_STRATEGY = 'api-key';

/** The header that a key is presented in, whichever of the two it came by. */
export const API_KEY_HEADER = 'x-api-key';

/** An API key. */
@Injectable()
export class ApiKeyStrategy extends PassportStrategy(HeaderAPIKeyStrategy, API_KEY_STRATEGY) {
  constructor(private readonly keys: ApiKeysService) {
    super({ header: API_KEY_HEADER, prefix: '' }, false);
  }

  async validate(raw: string): Promise<VerifiedActor | false> {
    return (await this.keys.verify(raw)) ?? false;
  }
}
