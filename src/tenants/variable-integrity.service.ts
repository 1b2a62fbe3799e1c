import { Injectable, type OnModuleInit } from '@nestjs/common';
import { IntegrityChecks } from '../platform/integrity/integrity-checks.js';
import { VariablesService } from './variables.service.js';

/** Every variable must open with a key that is configured. */
@Injectable()
export class VariableIntegrity implements OnModuleInit {
  constructor(
    private readonly checks: IntegrityChecks,
    private readonly variables: VariablesService,
  ) {}

  onModuleInit(): void {
    this.checks.add(async () =>
      (await this.variables.unreadable()).map(
        ({ tenantId, name }) =>
          `The variable ${name} of ${tenantId} does not open with NEXUS_ENCRYPTION_KEY; set the key it was sealed with, or set the variable anew.`,
      ),
    );
  }
}
