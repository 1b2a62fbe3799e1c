/**
 * What one would write with the framework's own tutorial: Nest with Express, passport's JWT guard
 * and a TypeORM repository on SQLite. Says where it listens, with a token, on one line.
 */
import 'reflect-metadata';
import path from 'node:path';
import { Controller, Get, Injectable, Module, Param, Request, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { getRepositoryToken, InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { Column, Entity, Index, PrimaryGeneratedColumn, Repository } from 'typeorm';

const SECRET = 'a secret of the bench that is long enough';
const TENANTS = 100;
const [folder = '.', agents = '10000'] = process.argv.slice(2);

@Entity()
@Index(['tenant', 'name'], { unique: true })
class Agent {
  @PrimaryGeneratedColumn()
  id!: number;
  @Column('text')
  tenant!: string;
  @Column('text')
  name!: string;
  @Column('text')
  version!: string;
  @Column('integer')
  revision!: number;
  @Column('text')
  phase!: string;
  @Column('boolean')
  ready!: boolean;
  @Column('simple-json')
  spec!: object;
  @Column('text')
  createdAt!: string;
  @Column('text')
  updatedAt!: string;
}

interface Signed {
  user: { userId: string; tenant: string };
}

@Injectable()
class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      ignoreExpiration: false,
      secretOrKey: SECRET,
    });
  }

  validate(payload: { sub: string; tenant: string }): Signed['user'] {
    return { userId: payload.sub, tenant: payload.tenant };
  }
}

@Injectable()
class AgentsService {
  constructor(@InjectRepository(Agent) private readonly agents: Repository<Agent>) {}

  findOne(tenant: string, name: string): Promise<Agent | null> {
    return this.agents.findOneBy({ tenant, name });
  }

  findAll(tenant: string): Promise<Agent[]> {
    return this.agents.find({ where: { tenant }, order: { name: 'ASC' }, take: 50 });
  }
}

@Controller('agents')
@UseGuards(AuthGuard('jwt'))
class AgentsController {
  constructor(private readonly agents: AgentsService) {}

  @Get()
  findAll(@Request() { user }: Signed): Promise<Agent[]> {
    return this.agents.findAll(user.tenant);
  }

  @Get(':name')
  findOne(@Request() { user }: Signed, @Param('name') name: string): Promise<Agent | null> {
    return this.agents.findOne(user.tenant, name);
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'sqlite',
      database: path.join(folder, 'nest.db'),
      entities: [Agent],
      synchronize: true,
      enableWAL: true,
    }),
    TypeOrmModule.forFeature([Agent]),
    PassportModule,
    JwtModule.register({ secret: SECRET, signOptions: { expiresIn: '1h' } }),
  ],
  controllers: [AgentsController],
  providers: [AgentsService, JwtStrategy],
})
class AppModule {}

/** As many agents in as many tenants as the product has; in every one there is `agent-0`. */
async function seed(repository: Repository<Agent>): Promise<void> {
  const now = new Date().toISOString();
  const each = Math.ceil(Number(agents) / TENANTS);
  for (let tenant = 0; tenant < TENANTS; tenant++) {
    await repository.insert(
      Array.from({ length: each }, (_, n) => ({
        tenant: `tenant-${tenant}`,
        name: `agent-${n}`,
        version: '1.0.0',
        revision: 1,
        phase: 'Running',
        ready: true,
        spec: specOf(`agent-${n}`),
        createdAt: now,
        updatedAt: now,
      })),
    );
  }
}

function specOf(name: string): object {
  return {
    apiVersion: 'astromesh/v1',
    kind: 'Agent',
    metadata: { name, version: '1.0.0' },
    spec: {
      model: { primary: { provider: 'echo', model: 'echo-1' } },
      prompts: { system: 'You answer briefly.' },
      orchestration: { pattern: 'react', max_iterations: 5 },
    },
  };
}

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
await seed(app.get<Repository<Agent>>(getRepositoryToken(Agent)));
const token = app.get(JwtService).sign({ sub: 'somebody', tenant: 'tenant-0' });
process.stdout.write(`${JSON.stringify({ url: await app.getUrl(), token })}\n`);
process.once('SIGTERM', () => process.exit(0));
// It ends with whoever wanted it.
process.stdin.resume().once('end', () => process.exit(0));
