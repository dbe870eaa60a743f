# Opens a TUN device in the network namespace it runs in; packets come and go as frames (length in 2 bytes) by its
# standard output and input.
use strict;
use warnings;
open(my $tun, '+<', '/dev/net/tun') or die "no TUN device: $!\n";
my $request = pack('a16 S x22', $ARGV[0], 0x1001);    # IFF_TUN | IFF_NO_PI
ioctl($tun, 0x400454ca, $request) or die "TUNSETIFF: $!\n";
binmode(STDIN);
binmode(STDOUT);
syswrite(STDOUT, pack('n', 0));
my $input = '';
while (1) {
    my $ready = '';
    vec($ready, fileno(STDIN), 1) = 1;
    vec($ready, fileno($tun),  1) = 1;
    select($ready, undef, undef, undef);
    if (vec($ready, fileno($tun), 1)) {
        my $length = sysread($tun, my $packet, 65536);
        syswrite(STDOUT, pack('n', $length) . $packet) if $length;
    }
    if (vec($ready, fileno(STDIN), 1)) {
        sysread(STDIN, $input, 65536, length($input)) or exit 0;
        while (length($input) >= 2 and length($input) >= 2 + unpack('n', $input)) {
            my $length = unpack('n', $input);
            syswrite($tun, substr($input, 2, $length));
            substr($input, 0, 2 + $length) = '';
        }
    }
}
