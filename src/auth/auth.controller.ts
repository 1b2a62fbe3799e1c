import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../access/actor.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CurrentActor } from '../access/request.decorators.js';
import { identityExample, sessionExample } from './auth.examples.js';
import {
  identitySchema,
  loginSchema,
  logoutSchema,
  refreshSchema,
  registerSchema,
  sessionSchema,
  type Identity,
  type Login,
  type Logout,
  type Refresh,
  type Register,
  type SessionView,
} from './auth.schemas.js';
import { AuthService } from './auth.service.js';

/** Routes that prove who somebody is. */
@ApiTags('Accounts')
@Controller()
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Post('auth/register')
  @Endpoint({
    id: 'register',
    allow: 'public',
    summary: 'Register an account',
    status: 201,
    returns: sessionSchema,
    example: sessionExample,
    errors: [403, 409, 413, 415],
  })
  register(@Body({ schema: registerSchema }) body: Register): Promise<SessionView> {
    return this.auth.register(body);
  }

  @Post('auth/login')
  @Endpoint({
    id: 'login',
    allow: 'public',
    summary: 'Log in',
    returns: sessionSchema,
    example: sessionExample,
    errors: [401, 413, 415],
  })
  login(@Body({ schema: loginSchema }) body: Login): Promise<SessionView> {
    return this.auth.login(body);
  }

  @Post('auth/refresh')
  @Endpoint({
    id: 'refresh',
    allow: 'public',
    summary: 'Change a refresh token for a new pair',
    description: 'The old one is dead; a dead one that comes again ends the session.',
    returns: sessionSchema,
    example: sessionExample,
    errors: [401, 413, 415],
  })
  refresh(@Body({ schema: refreshSchema }) body: Refresh): Promise<SessionView> {
    return this.auth.refresh(body.refreshToken);
  }

  @Post('auth/logout')
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

  @Get('api/v1/me')
  @Endpoint({
    id: 'whoAmI',
    allow: 'account:read',
    summary: 'Show who you are',
    description: 'A person with the tenants they are in, or what a key is for.',
    returns: identitySchema,
    example: identityExample,
  })
  me(@CurrentActor() actor: Actor): Promise<Identity> {
    return this.auth.identify(actor);
  }
}
