//! Pictures that a tenant may show as its logo: known by their first bytes, never by what somebody
//! calls them, and measured by their headers. Nothing is decoded here; browsers do that. SVG is none of
//! them: it can hold script and loads from elsewhere.

/// Largest file, in bytes: with it the heaviest hosted page still stays within its 30 KB.
pub const MAX_PICTURE_BYTES: usize = 10 * 1024;
/// Longest side, in pixels.
pub const MAX_PICTURE_SIDE: u32 = 1_000;

/// What a picture is stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    Png,
    Jpeg,
    WebP,
}

impl PictureKind {
    pub const ALL: [Self; 3] = [Self::Png, Self::Jpeg, Self::WebP];

    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
        }
    }

    /// Of file names.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::WebP => "webp",
        }
    }

    #[must_use]
    pub fn of_ending(ending: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.ending() == ending)
    }
}

/// A picture's kind and size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    pub kind: PictureKind,
    pub width: u32,
    pub height: u32,
}

/// Why a file is no logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFault {
    /// No PNG, JPEG or WebP, or one without a size.
    Kind,
    /// More bytes than a page should load.
    Heavy,
    /// A side is longer than is of use, or zero.
    Size,
    /// It moves: nobody could stop it.
    Moves,
}

impl Picture {
    /// Reads the header of a file.
    ///
    /// # Errors
    /// [`PictureFault`].
    pub fn read(bytes: &[u8]) -> Result<Self, PictureFault> {
        if bytes.len() > MAX_PICTURE_BYTES {
            return Err(PictureFault::Heavy);
        }
        let found = png(bytes).or_else(|| jpeg(bytes)).or_else(|| webp(bytes));
        let (picture, moves) = found.ok_or(PictureFault::Kind)?;
        let sides = 1..=MAX_PICTURE_SIDE;
        if !sides.contains(&picture.width) || !sides.contains(&picture.height) {
            return Err(PictureFault::Size);
        }
        if moves {
            return Err(PictureFault::Moves);
        }
        Ok(picture)
    }
}

/// A picture, and whether it moves.
type Found = Option<(Picture, bool)>;

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.get(..N)?.try_into().ok()
}

/// Signature, then the chunk `IHDR` with width and height (PNG, third edition, §11.2.1). A moving one
/// says so before its first data (`acTL`).
fn png(bytes: &[u8]) -> Found {
    bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    if number::<4>(bytes, 12)? != *b"IHDR" {
        return None;
    }
    let width = u32::from_be_bytes(number(bytes, 16)?);
    let height = u32::from_be_bytes(number(bytes, 20)?);
    let mut at: usize = 8;
    let mut moves = false;
    while let Some(name) = number::<4>(bytes, at.saturating_add(4)) {
        if name == *b"IDAT" {
            break;
        }
        moves |= name == *b"acTL";
        let length = usize::try_from(u32::from_be_bytes(number(bytes, at)?)).ok()?;
        // Length, name, data, checksum.
        at = at.saturating_add(length).saturating_add(12);
    }
    Some((Picture { kind: PictureKind::Png, width, height }, moves))
}

/// Segments up to the start of a frame, which has height and width (ITU-T T.81, B.2.2).
fn jpeg(bytes: &[u8]) -> Found {
    bytes.strip_prefix(b"\xff\xd8\xff")?;
    let mut at: usize = 2;
    loop {
        let [mark, code] = number(bytes, at)?;
        if mark != 0xFF {
            return None;
        }
        if code == 0xFF {
            // Filling.
            at = at.saturating_add(1);
            continue;
        }
        let length = usize::from(u16::from_be_bytes(number(bytes, at.saturating_add(2))?));
        let frame = matches!(code, 0xC0..=0xCF) && !matches!(code, 0xC4 | 0xC8 | 0xCC);
        if frame {
            let height = u32::from(u16::from_be_bytes(number(bytes, at.saturating_add(5))?));
            let width = u32::from(u16::from_be_bytes(number(bytes, at.saturating_add(7))?));
            return Some((Picture { kind: PictureKind::Jpeg, width, height }, false));
        }
        if code == 0xDA || length < 2 {
            return None;
        }
        at = at.saturating_add(2).saturating_add(length);
    }
}

/// A RIFF file whose first chunk has the size: simple (`VP8 `), lossless (`VP8L`) or extended (`VP8X`),
/// the only one that can move (RFC 9649, §2).
fn webp(bytes: &[u8]) -> Found {
    if number::<4>(bytes, 0)? != *b"RIFF" || number::<4>(bytes, 8)? != *b"WEBP" {
        return None;
    }
    let found = |width: u32, height: u32, moves: bool| {
        Some((Picture { kind: PictureKind::WebP, width, height }, moves))
    };
    match &number::<4>(bytes, 12)? {
        b"VP8 " => {
            if number::<3>(bytes, 23)? != [0x9D, 0x01, 0x2A] {
                return None;
            }
            let side = |at| Some(u32::from(u16::from_le_bytes(number(bytes, at)?) & 0x3FFF));
            found(side(26)?, side(28)?, false)
        }
        b"VP8L" => {
            if number::<1>(bytes, 20)? != [0x2F] {
                return None;
            }
            let bits = u32::from_le_bytes(number(bytes, 21)?);
            let side = |bits: u32| (bits & 0x3FFF).saturating_add(1);
            found(side(bits), side(bits >> 14), false)
        }
        b"VP8X" => {
            let [flags] = number(bytes, 20)?;
            let side = |at| {
                let [low, middle, high] = number(bytes, at)?;
                Some(u32::from_le_bytes([low, middle, high, 0]).saturating_add(1))
            };
            found(side(24)?, side(27)?, flags & 0x02 != 0)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32, more: &[&[u8]]) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        let mut chunk = |name: &[u8], data: &[u8]| {
            bytes.extend_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
            bytes.extend_from_slice(name);
            bytes.extend_from_slice(data);
            bytes.extend_from_slice(&[0; 4]);
        };
        let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
        chunk(b"IHDR", &[size.as_slice(), &[8, 6, 0, 0, 0]].concat());
        for name in more {
            chunk(name, &[0; 8]);
        }
        chunk(b"IDAT", b"acTL");
        bytes
    }

    fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc2\x00\x0b\x08".to_vec();
        bytes.extend_from_slice(&height.to_be_bytes());
        bytes.extend_from_slice(&width.to_be_bytes());
        bytes.extend_from_slice(&[3, 1, 0x22]);
        bytes
    }

    fn webp_of(name: &[u8], data: &[u8]) -> Vec<u8> {
        [b"RIFF\0\0\0\0WEBP", name, &[0; 4], data].concat()
    }

    fn read(bytes: &[u8]) -> Result<(PictureKind, u32, u32), PictureFault> {
        Picture::read(bytes).map(|found| (found.kind, found.width, found.height))
    }

    #[test]
    fn each_kind_is_known_by_its_bytes_and_measured() {
        assert_eq!(read(&png_of(160, 28, &[])), Ok((PictureKind::Png, 160, 28)));
        assert_eq!(read(&jpeg_of(300, 1_000)), Ok((PictureKind::Jpeg, 300, 1_000)));
        let lossy = [0, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 0x41, 0x20, 0x80];
        assert_eq!(read(&webp_of(b"VP8 ", &lossy)), Ok((PictureKind::WebP, 320, 32)));
        // 99 and 49, 14 bits each.
        let bits = (99_u32 | 49 << 14).to_le_bytes();
        let lossless = [&[0x2F], bits.as_slice()].concat();
        assert_eq!(read(&webp_of(b"VP8L", &lossless)), Ok((PictureKind::WebP, 100, 50)));
        let extended = |flags: u8| [flags, 0, 0, 0, 9, 0, 0, 4, 0, 0];
        assert_eq!(read(&webp_of(b"VP8X", &extended(0x10))), Ok((PictureKind::WebP, 10, 5)));
        assert_eq!(read(&webp_of(b"VP8X", &extended(0x12))), Err(PictureFault::Moves));
    }

    #[test]
    fn what_is_no_logo_is_refused() {
        for odd in [
            b"".as_slice(),
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
            b"GIF89a\x01\x00\x01\x00",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff\xda\x00\x0c",
            b"\xff\xd8\xff\xe0\x00\x01",
            b"RIFF\0\0\0\0WEBPVP8 ",
            b"RIFF\0\0\0\0WAVEfmt ",
        ] {
            assert_eq!(read(odd), Err(PictureFault::Kind), "{odd:?}");
        }
        for (width, height) in [(0, 5), (5, 0), (1_001, 5), (5, u32::MAX)] {
            assert_eq!(read(&png_of(width, height, &[])), Err(PictureFault::Size));
        }
        assert_eq!(read(&png_of(5, 5, &[b"gAMA", b"acTL"])), Err(PictureFault::Moves));
        let mut heavy = png_of(5, 5, &[]);
        heavy.resize(MAX_PICTURE_BYTES + 1, 0);
        assert_eq!(read(&heavy), Err(PictureFault::Heavy));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_fall_over(mut bytes: Vec<u8>, kind in 0_usize..4) {
            let heads: [&[u8]; 4] =
                [b"", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8"];
            bytes.splice(0..0, heads[kind].iter().copied());
            let _ = Picture::read(&bytes);
        }
    }
}
