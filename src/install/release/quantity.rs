//! Kubernetes quantities (`k8s.io/apimachinery/pkg/api/resource`), as far as CPU and memory need them.

/// CPU in thousandths of a core, rounded up: `250m`, `0.5`, `2`.
pub fn milli_cpu(text: &str) -> Option<u64> {
    scaled(text, 1000)
}

/// Memory in bytes, rounded up: `512Mi`, `1Gi`, `128974848`.
pub fn bytes(text: &str) -> Option<u64> {
    scaled(text, 1)
}

/// The value times `factor`.
fn scaled(text: &str, factor: u128) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(digits)?;
    let (multiply, divide): (u128, u128) = match suffix {
        "" => (1, 1),
        "n" => (1, 1_000_000_000),
        "u" => (1, 1_000_000),
        "m" => (1, 1000),
        "k" => (1000, 1),
        "M" => (1_000_000, 1),
        "G" => (1_000_000_000, 1),
        "T" => (1_000_000_000_000, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // Nine decimals are the finest a quantity knows.
    let fraction: String = fraction.chars().take(9).collect();
    let places = u32::try_from(fraction.len()).ok()?;
    let value: u128 = format!("{whole}{fraction}").parse().ok()?;
    let scaled = value.checked_mul(multiply)?.checked_mul(factor)?;
    u64::try_from(scaled.div_ceil(divide.checked_mul(10_u128.checked_pow(places)?)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_as_kubernetes_writes_them() {
        for (text, cpu) in [
            ("250m", Some(250)),
            ("1", Some(1000)),
            ("0.5", Some(500)),
            ("1.5", Some(1500)),
            ("100u", Some(1)),
            ("3920m", Some(3920)),
            ("", None),
            ("m", None),
            ("-1", None),
            ("1x", None),
        ] {
            assert_eq!(milli_cpu(text), cpu, "{text}");
        }
        for (text, memory) in [
            ("512Mi", Some(536_870_912)),
            ("1Gi", Some(1 << 30)),
            ("128974848", Some(128_974_848)),
            ("129M", Some(129_000_000)),
            ("16393244Ki", Some(16_786_681_856)),
            ("99999999999999999999Ti", None),
        ] {
            assert_eq!(bytes(text), memory, "{text}");
        }
    }
}
