import RTP
