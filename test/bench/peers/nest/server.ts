/**
 * A server that a user could have written instead, put together as Nest's own documentation does it:
 * Express, `@nestjs/passport` with passport-jwt, TypeORM on SQLite. Prints its address and a token.
 */
import 'reflect-metadata';
import {
  Controller,
  Get,
  Injectable,
  Module,
  NotFoundException,
  Param,
  ParseIntPipe,
  Query,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { Column, DataSource, Entity, PrimaryColumn, type Repository } from 'typeorm';

const SECRET = 'a secret of the bench that is long enough';
const [, , file = ':memory:', amount = '0'] = process.argv;

@Entity('agents')
class Agent {
  @PrimaryColumn({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  namespace!: string;

  @Column({ type: 'text' })
  version!: string;

  @Column({ type: 'text' })
  phase!: string;

  @Column({ type: 'text' })
  model!: string;

  @Column({ type: 'text' })
  createdAt!: string;

  @Column({ type: 'text' })
  updatedAt!: string;

  @Column({ type: 'simple-json' })
  spec!: object;
}

interface Payload {
  sub: string;
  username: string;
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

  validate({ sub, username }: Payload): { userId: string; username: string } {
    return { userId: sub, username };
  }
}

@Injectable()
class JwtAuthGuard extends AuthGuard('jwt') {}

@Injectable()
class AgentsService {
  constructor(@InjectRepository(Agent) private readonly agents: Repository<Agent>) {}

  findOne(name: string): Promise<Agent | null> {
    return this.agents.findOneBy({ name });
  }

  findAll(limit: number): Promise<Partial<Agent>[]> {
    const select = ['name', 'namespace', 'version', 'phase', 'model', 'createdAt', 'updatedAt'];
    return this.agents.find({
      select: select as (keyof Agent)[],
      order: { name: 'ASC' },
      take: limit,
    });
  }
}

@Controller('agents')
@UseGuards(JwtAuthGuard)
class AgentsController {
  constructor(private readonly agents: AgentsService) {}

  @Get()
  findAll(@Query('limit', ParseIntPipe) limit: number): Promise<Partial<Agent>[]> {
    return this.agents.findAll(limit);
  }

  @Get(':name')
  async findOne(@Param('name') name: string): Promise<Agent> {
    const agent = await this.agents.findOne(name);
    if (agent === null) throw new NotFoundException();
    return agent;
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'sqlite',
      database: file,
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
class PeerModule {}

function agent(n: number): Agent {
  const at = new Date().toISOString();
  const name = `agent-${n}`;
  const [namespace, version, model] = ['bench', '1.0.0', 'echo/echo-1'];
  const metadata = { name, version, labels: { team: 'bench' } };
  const spec = {
    apiVersion: 'astromesh/v1',
    kind: 'Agent',
    metadata,
    spec: {
      identity: { display_name: 'Bench', description: 'An agent that is measured.' },
      model: { primary: { provider: 'echo', model: 'echo-1' } },
      prompts: { system: 'You answer shortly, in the language of the question.' },
    },
  };
  return { name, namespace, version, phase: 'Running', model, createdAt: at, updatedAt: at, spec };
}

const app = await NestFactory.create<NestExpressApplication>(PeerModule, { logger: false });
const rows = Array.from({ length: Number(amount) }, (_, n) => agent(n));
const repository = app.get(DataSource).getRepository(Agent);
while (rows.length > 0) await repository.insert(rows.splice(0, 100));
await app.listen(0, '127.0.0.1');
const token = app.get(JwtService).sign({ sub: 'usr_1', username: 'bench' });
process.stdout.write(`${JSON.stringify({ url: await app.getUrl(), token })}\n`);
process.once('SIGTERM', () => process.exit(0));
// It ends with whoever wanted it.
process.stdin.resume().once('end', () => process.exit(0));
