import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../access/actor.js';
import { type Caller, CurrentCaller } from '../access/caller.decorator.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CallerGone, CurrentActor } from '../access/request.decorators.js';
import { sessionExample } from './auth.examples.js';
import {
  loginSchema,
  logoutSchema,
  refreshSchema,
  registerSchema,
  sessionSchema,
  type Login,
  type Logout,
  type Refresh,
  type Register,
  type SessionView,
} from './auth.schemas.js';
import { AuthService } from './auth.service.js';

const RATE =
  'Attempts from one address are limited, and failures on one account are answered more and more slowly.';

/** Routes that prove who somebody is. */
@ApiTags('Accounts')
@Controller('auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Post('register')
  @Endpoint({
    id: 'register',
    allow: 'public',
    summary: 'Register an account',
    description: RATE,
    status: 201,
    returns: sessionSchema,
    example: sessionExample,
    errors: [403, 409, 413, 415, 429],
  })
  register(
    @Body({ schema: registerSchema }) body: Register,
    @CurrentCaller() caller: Caller,
    @CallerGone() signal: AbortSignal,
  ): Promise<SessionView> {
    return this.auth.register(body, { caller, signal });
  }

  @Post('login')
  @Endpoint({
    id: 'login',
    allow: 'public',
    summary: 'Log in',
    description: `The answer is the same for an unknown address and a wrong password. ${RATE}`,
    returns: sessionSchema,
    example: sessionExample,
    errors: [401, 413, 415, 429],
  })
  login(
    @Body({ schema: loginSchema }) body: Login,
    @CurrentCaller() caller: Caller,
    @CallerGone() signal: AbortSignal,
  ): Promise<SessionView> {
    return this.auth.login(body, { caller, signal });
  }

  @Post('refresh')
  @Endpoint({
    id: 'refresh',
    allow: 'public',
    summary: 'Change a refresh token for a new pair',
    description:
      'The old one is dead; a dead one that comes again ends the session. How often one session is refreshed is limited; a token that was refused for that stays good.',
    returns: sessionSchema,
    example: sessionExample,
    errors: [401, 413, 415, 429],
  })
  refresh(
    @Body({ schema: refreshSchema }) body: Refresh,
    @CurrentCaller() caller: Caller,
  ): Promise<SessionView> {
    return this.auth.refresh(body.refreshToken, caller);
  }

  @Post('logout')
  @Endpoint({
    id: 'logout',
    allow: 'account:write',
    summary: 'Log out',
    description: 'Ends the session of the access token, and that of the refresh token.',
    status: 204,
    errors: [413, 415],
  })
  logout(
    @CurrentActor() actor: Actor,
    @Body({ schema: logoutSchema }) body: Logout,
  ): Promise<void> {
    return this.auth.logout(actor, body);
  }
}
