/** The password of all hashes below. */
export const LEGACY_PASSWORD = 'pä$$word 🐦';

/** Hashes that the libraries of older MiniTwits made, with their versions. */
export const LEGACY_HASHES = {
	'Werkzeug 2.2.2 pbkdf2:sha256':
		'pbkdf2:sha256:260000$D48iZ5J7$0004850734414f6dcd2cf3dcb05223324efa6e232ffb414a8aaa419a8b4fd8ed',
	'Werkzeug 3.1.9 pbkdf2:sha256':
		'pbkdf2:sha256:1000000$J7GJP4oy$935d511e7e950c60299149683c7fe42c383d7fada80c15253a6d2cb499f5f227',
	'Werkzeug 2.2.2 pbkdf2:sha1': 'pbkdf2:sha1:1000$7IyjCOrh$cf7a30d299bf7ca76f6116876684d4a723107838',
	'Werkzeug 2.2.2 pbkdf2:sha512':
		'pbkdf2:sha512:1000$x6XYrH85$14d8d9de8de977ef80ef47c6bb684f52515a956cac3e61e27f8f8827be779555c45dcc21b2c973bea9119de4069143e7f4f9ac178cdb3e96822628c89e69d2b3',
	'Werkzeug 3.1.9 scrypt':
		'scrypt:32768:8:1$4wCB7Oni$c90ee4826d58883c80e2393b82151cb2a0f9680a3fd952ec66f3d72a43e80a1cedd50a6184e0580760d754fbd66dfa6e9aa0b8780ab09ae4ee262edbc40076f9',
	'Werkzeug 2.2.2 sha1': 'sha1$O4QU2CaY$a2754663ee6a00e858e1b26ec58c1fd00e7aa50a',
	'Werkzeug 2.2.2 md5': 'md5$wXNUE7io$54da5bfc08423c5598493c1a9f72e8a8',
	'Werkzeug 2.2.2 sha256': 'sha256$koSGEGHK$8dda4957fdc23146e305a4d6047c8f7e1483e16bb977a4ae5d3d93ddb9ed5327',
	'Django 3.2.25 pbkdf2_sha256':
		'pbkdf2_sha256$260000$9CkvbqyqmbzVnwB3eWiQzk$Pd3CZgZbQbBvF23jaVwX0+WAK0q9lS+nvOYKA2sKz4g=',
	'Django 5.2.17 pbkdf2_sha256':
		'pbkdf2_sha256$1000000$ubGEhCih72gt1ozTESewFD$aYF2qt2txiVFg//Se/64OiLbiPE9jdInX5d8g9/ezuM=',
	'Django 3.2.25 pbkdf2_sha1': 'pbkdf2_sha1$260000$slZ4KKSTFhGAbbN0TlAaWW$C4loO/G1rHsXu6LhrUjsTXM2qog=',
	'Django 3.2.25 argon2 (argon2-cffi 21.1.0)':
		'argon2$argon2id$v=19$m=102400,t=2,p=8$RHZzcGt5NjlxNkxPZ3BnSEo1YnBwZw$080WmuxQF0fwGa0f9a1Uyg',
	'Django 3.2.25 bcrypt_sha256 (bcrypt 3.2.2)':
		'bcrypt_sha256$$2b$12$braBee7bt4SqVmZXv01aZekeyXKCCyTuNgKuJjbkpD.hKHBSMItuK',
	'Django 3.2.25 bcrypt (bcrypt 3.2.2)': 'bcrypt$$2b$12$xlujKBdwRqh4og9XQcv3DuIK3f0FD8loYiimgr/ocY9GIMmX4ER3S',
	'Django 5.2.17 scrypt':
		'scrypt$16384$B9tcZooR1cHrDEUy2ZBT3e$8$5$WyuzFNCt+c7dZn9or90M/mxyRxVkEOEoODh13OajWQy2e8gLZQkRiUEofzPJdKxE0Dzn8JY40UEbJzLHMgoXdQ==',
	'Django 3.2.25 sha1': 'sha1$u9xyXXNO8XLBfdhp0gMc1c$e65c4e180a9fdeb553fe7b70b754ecb0b1730f9e',
	'Django 3.2.25 md5': 'md5$24ZTaV8ZuzH1li3ygP2qMh$e65f0313ad6db1b8a86a3b669eeda59a',
	'Django 3.2.25 unsalted sha1': 'sha1$$ffd1bcd32fd14ddbf23e067abb378b35b77fea84',
	'Django 3.2.25 unsalted md5': '50f35bd6bc5ed84ff46744b00f622e9b',
	'bare sha1': 'ffd1bcd32fd14ddbf23e067abb378b35b77fea84'
};
