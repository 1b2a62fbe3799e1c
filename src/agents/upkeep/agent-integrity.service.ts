import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Reader } from '../../platform/database/unit-of-work.js';
import { IntegrityChecks } from '../../platform/integrity/integrity-checks.js';
import { AgentIntegrityRepository, type Faulty } from './agent-integrity.repository.js';

/** Agents, their references and their versions must fit together. */
@Injectable()
export class AgentIntegrity implements OnModuleInit {
  constructor(
    private readonly checks: IntegrityChecks,
    private readonly repository: AgentIntegrityRepository,
    private readonly reader: Reader,
  ) {}

  onModuleInit(): void {
    const { reader, repository } = this;
    this.add(
      () => repository.missingTargets(reader),
      (target) => `names the agent ${target}, which its tenant does not have`,
    );
    this.add(
      () => repository.strayReferences(reader),
      (tenantId) => `has a reference that belongs to the tenant ${tenantId}`,
    );
    this.add(
      () => repository.missingVersions(reader),
      (revision) => `has no record of its revision ${revision}`,
    );
  }

  private add(find: () => Promise<Faulty[]>, say: (what: string) => string): void {
    this.checks.add(async () =>
      (await find()).map(
        ({ tenantId, name, what }) => `The agent ${name} of ${tenantId} ${say(what)}.`,
      ),
    );
  }
}
